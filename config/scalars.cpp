#include "config/scalars.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "bgp/wire/as_path.hpp"
#include "net/duration.hpp"
#include "policy/text.hpp"

namespace pipit::config {
namespace {

using std::chrono::seconds;

struct Unit {
  char letter;
  std::int64_t seconds;
};

constexpr std::array<Unit, 4> kUnits{{{'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}}};

/// AS numbers that nobody can have: RFC 7607, 6793, 7300.
bool reserved_asn(std::uint32_t number) {
  return number == 0 || number == 23456 || number == 65535 || number == 4294967295U;
}

Parsed<std::uint32_t> parse_own_asn(const std::string& text) {
  const auto number = bgp::parse_asn(text);
  if (!number) {
    return Refused("");
  }
  if (reserved_asn(*number)) {
    return Refused("is a reserved AS number that no speaker may use");
  }
  return *number;
}

Parsed<net::IpAddress> parse_identifier(const std::string& text) {
  const auto address = net::IpAddress::parse(text);
  if (!address || address->is_v6() || address->is_unspecified()) {
    return Refused("");
  }
  return *address;
}

/// The length that whoever wrote an address as a prefix most likely means: octets of zero at its
/// end (pairs of them in IPv6) are left out.
unsigned natural_length(const net::IpAddress& address) {
  const unsigned step = address.is_v4() ? 1 : 2;
  unsigned used = address.bits() / 8;
  const auto octets = address.octets();
  while (used > 0 && std::all_of(octets.begin() + (used - step), octets.begin() + used,
                                 [](auto octet) { return octet == 0; })) {
    used -= step;
  }
  return used * 8;
}

Parsed<net::Prefix> parse_prefix(std::string_view text) {
  const auto prefix = net::Prefix::parse(text);
  if (!prefix) {
    return Refused("");
  }
  const net::IpAddress& address = prefix->address();
  if (text.find('/') == std::string_view::npos) {
    const unsigned natural = natural_length(address);
    const auto with_length = [&](unsigned length) {
      return fmt::format("\"{}/{}\"", text, length);
    };
    if (natural == address.bits()) {
      return Refused("has no length: write " + with_length(natural) + " for this one address");
    }
    return Refused("has no length: did you mean " + with_length(natural) +
                   "? This one address alone is " + with_length(address.bits()));
  }
  if (address != net::IpAddress::parse(text.substr(0, text.find('/')))) {
    return Refused("has bits set after its length, did you mean \"" + prefix->to_string() + "\"?");
  }
  return *prefix;
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const std::size_t space = std::min(text.find(' '), text.size());
    if (space > 0) {
      words.push_back(text.substr(0, space));
    }
    text.remove_prefix(std::min(space + 1, text.size()));
  }
  return words;
}

Parsed<policy::PrefixRange> parse_range(const std::string& text) {
  const std::vector<std::string_view> words = words_of(text);
  if (words.size() != 1 && words.size() != 3 && words.size() != 5) {
    return Refused("");
  }
  const Parsed<net::Prefix> prefix = parse_prefix(words[0]);
  if (!prefix) {
    return Refused(prefix.error());
  }
  const std::uint8_t own = prefix->length();
  std::optional<std::uint8_t> low;
  std::optional<std::uint8_t> high;
  for (std::size_t i = 1; i < words.size(); i += 2) {
    std::optional<std::uint8_t>& bound = words[i] == "ge" ? low : high;
    if ((words[i] != "ge" && words[i] != "le") || bound) {
      return Refused("");
    }
    const auto length = parse_number(words[i + 1], own, prefix->address().bits());
    if (!length) {
      return Refused(
          fmt::format("has a bound that is not from {} to {}", own, prefix->address().bits()));
    }
    bound = static_cast<std::uint8_t>(*length);
  }
  const bool exact = !low && !high;
  const std::uint8_t min = low.value_or(own);
  const std::uint8_t max = high.value_or(exact ? own : prefix->address().bits());
  if (min > max) {
    return Refused(fmt::format("matches nothing: ge {} is more than le {}", min, max));
  }
  return policy::PrefixRange{*prefix, min, max};
}

Parsed<net::ScopedAddress> parse_peer(const std::string& text) {
  const auto scoped = net::ScopedAddress::parse(text);
  if (!scoped) {
    return Refused("");
  }
  const net::IpAddress& address = scoped->address;
  const auto octets = address.octets();
  const bool mapped =
      address.is_v6() && octets[10] == 0xff && octets[11] == 0xff &&
      std::all_of(octets.begin(), octets.begin() + 10, [](auto o) { return o == 0; });
  if (address.is_unspecified() || address.is_multicast() || mapped ||
      (address.is_v4() && address.to_v4() >= 0xe0000000U)) {
    return Refused(mapped ? "is an IPv4 address in IPv6 form: write it as an IPv4 address"
                          : "is no unicast address");
  }
  if (address.is_v6() && address.is_link_local() && scoped->interface.empty()) {
    return Refused("is link-local: add the interface, as in \"fe80::1%eth0\"");
  }
  if (scoped->interface.size() > 15) {
    return Refused("has an interface name of more than 15 characters");
  }
  return *scoped;
}

}  // namespace

Value string_schema(Value::Map more) {
  Value::Map schema{{"type", "string"}};
  schema.insert(schema.end(), more.begin(), more.end());
  return Value(std::move(schema));
}

Parsed<std::uint64_t> parse_number(std::string_view text, std::uint64_t min, std::uint64_t max) {
  std::uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  const bool padded = text.size() > 1 && text.front() == '0';
  if (text.empty() || error != std::errc{} || stop != end || padded || value < min || value > max) {
    return Refused("");
  }
  return value;
}

Parsed<unsigned> parse_percentage(std::string_view text) {
  if (!text.ends_with('%')) {
    return Refused("");
  }
  text.remove_suffix(1);
  const auto parsed = parse_number(text, 1, 100);
  return parsed ? Parsed<unsigned>(static_cast<unsigned>(*parsed)) : Refused(parsed.error());
}

Type<bool> boolean() {
  return choice<bool>({{"true", true}, {"false", false}});
}

std::string to_text(seconds duration) {
  for (const Unit& unit : kUnits) {
    if (duration.count() != 0 && duration.count() % unit.seconds == 0) {
      // 60 s and 90 s are how hold times are spoken of; minutes begin at two.
      if (unit.letter == 's' || duration.count() / unit.seconds > 1 || unit.letter == 'd') {
        return fmt::format("{}{}", duration.count() / unit.seconds, unit.letter);
      }
    }
  }
  return fmt::format("{}s", duration.count());
}

Type<seconds> duration(seconds min, seconds max, bool zero) {
  return scalar<seconds>(
      fmt::format("a duration from {} to {}{}, such as 30s, 5m, 2h or 1d", to_text(min),
                  to_text(max), zero ? ", or 0" : ""),
      Value(Value::Map{{"type", Value::List{"string", "integer"}},
                       {"pattern", "^(0|[1-9][0-9]*)[smhd]?$"},
                       {"minimum", zero ? 0 : min.count()},
                       {"maximum", max.count()}}),
      [=](const std::string& text) -> Parsed<seconds> {
        const auto value = net::parse_duration(text);
        const bool off = value && zero && *value == seconds(0);
        if (!value || (!off && (*value < min || *value > max))) {
          return Refused("");
        }
        return *value;
      },
      [](const seconds& value) { return Value(to_text(value)); });
}

Type<std::uint32_t> asn() {
  return scalar<std::uint32_t>(
      "an AS number such as 64512 or 1.10",
      Value(Value::Map{{"type", Value::List{"integer", "string", "number"}},
                       {"pattern", "^[0-9]+(\\.[0-9]+)?$"},
                       {"minimum", 0},
                       {"maximum", 4294967294}}),
      parse_own_asn, [](const std::uint32_t& number) { return Value(number); });
}

Type<bgp::ExpectedAsn> expected_asn() {
  using bgp::ExpectedAsn;
  return scalar<ExpectedAsn>(
      "an AS number, \"internal\" or \"external\"",
      Value(Value::Map{{"type", Value::List{"integer", "string", "number"}},
                       {"pattern", "^([0-9]+(\\.[0-9]+)?|internal|external)$"}}),
      [](const std::string& text) -> Parsed<ExpectedAsn> {
        if (text == "internal" || text == "external") {
          return ExpectedAsn{text == "internal" ? ExpectedAsn::Kind::Internal
                                                : ExpectedAsn::Kind::External};
        }
        const Parsed<std::uint32_t> number = parse_own_asn(text);
        if (number) {
          return ExpectedAsn{ExpectedAsn::Kind::Number, *number};
        }
        return Refused(number.error().empty() ? did_you_mean(text, {"internal", "external"})
                                              : number.error());
      },
      [](const ExpectedAsn& value) -> Value {
        switch (value.kind) {
          case ExpectedAsn::Kind::Internal:
            return "internal";
          case ExpectedAsn::Kind::External:
            return "external";
          case ExpectedAsn::Kind::Number:
            return value.number;
        }
        return {};
      });
}

Type<net::IpAddress> ip_address() {
  return scalar<net::IpAddress>(
      "an IPv4 or IPv6 address", string_schema(),
      [](const std::string& text) -> Parsed<net::IpAddress> {
        const auto address = net::IpAddress::parse(text);
        if (!address || address->is_unspecified() || address->is_multicast()) {
          return Refused("");
        }
        return *address;
      },
      [](const net::IpAddress& address) { return Value(address.to_string()); });
}

Type<net::IpAddress> identifier() {
  return scalar<net::IpAddress>(
      "an IPv4 address other than 0.0.0.0", string_schema({{"format", "ipv4"}}), parse_identifier,
      [](const net::IpAddress& address) { return Value(address.to_string()); });
}

Type<std::uint32_t> identifier_number() {
  return scalar<std::uint32_t>(
      "an IPv4 address other than 0.0.0.0", string_schema({{"format", "ipv4"}}),
      [](const std::string& text) -> Parsed<std::uint32_t> {
        const Parsed<net::IpAddress> parsed = parse_identifier(text);
        return parsed ? Parsed<std::uint32_t>(parsed->to_v4()) : Refused(parsed.error());
      },
      [](const std::uint32_t& id) { return Value(net::IpAddress::v4(id).to_string()); });
}

Type<net::ScopedAddress> peer_address() {
  return scalar<net::ScopedAddress>(
      "an IPv4 or IPv6 address, a link-local one with its interface (fe80::1%eth0)",
      string_schema(), parse_peer,
      [](const net::ScopedAddress& address) { return Value(address.to_string()); });
}

Type<net::Endpoint> endpoint() {
  return scalar<net::Endpoint>(
      "an address and a port, such as 192.0.2.1:179 or [::]:179", string_schema(),
      [](const std::string& text) -> Parsed<net::Endpoint> {
        const auto parsed = net::Endpoint::parse(text);
        if (!parsed || parsed->port == 0 || parsed->host.address.is_multicast()) {
          return Refused("");
        }
        return *parsed;
      },
      [](const net::Endpoint& value) { return Value(value.to_string()); });
}

Type<net::Prefix> prefix() {
  return scalar<net::Prefix>(
      "a prefix such as 10.0.0.0/8 or fd00::/64", string_schema(),
      [](const std::string& text) { return parse_prefix(text); },
      [](const net::Prefix& value) { return Value(value.to_string()); });
}

Type<policy::PrefixRange> prefix_range() {
  return scalar<policy::PrefixRange>(
      "a prefix such as 10.0.0.0/8, with \"ge 16\" and \"le 24\" if wanted", string_schema(),
      parse_range,
      [](const policy::PrefixRange& range) { return Value(policy::to_string(range)); });
}

Type<std::string> text(const std::string& expected, std::size_t longest) {
  return scalar<std::string>(
      fmt::format("{} of 1 to {} octets", expected, longest),
      string_schema({{"minLength", 1}, {"maxLength", longest}}),
      [longest](const std::string& value) -> Parsed<std::string> {
        const bool control = std::any_of(value.begin(), value.end(), [](char c) {
          return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
        });
        if (value.empty() || value.size() > longest || control) {
          return Refused("");
        }
        return value;
      },
      [](const std::string& value) { return value.empty() ? Value() : Value(value); });
}

Type<std::string> absolute_path(std::size_t longest) {
  Type<std::string> type = text("an absolute path", longest);
  type.read = [read = type.read, shape = type.shape](Reader& reader, const Node& node,
                                                     std::string& value) {
    if (node.kind == Node::Kind::Scalar && !node.text.starts_with('/')) {
      reader.unexpected(node, shape->expected);
      return;
    }
    read(reader, node, value);
  };
  return type;
}

Type<std::string> name_of(NameKind kind) {
  auto shape = std::make_shared<const Shape>(Shape{
      .expected = fmt::format("the name of a {}", to_string(kind)), .schema = string_schema()});
  return {.shape = shape,
          .read =
              [kind, shape](Reader& reader, const Node& node, std::string& value) {
                if (node.kind != Node::Kind::Scalar) {
                  reader.unexpected(node, shape->expected);
                } else if (reader.refer(kind, node.text, node.mark)) {
                  value = node.text;
                }
              },
          .write = [](const std::string& name) { return name.empty() ? Value() : Value(name); }};
}

std::string one_of(const std::vector<std::string>& words) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    out += (i == 0 ? "" : i + 1 == words.size() ? " or " : ", ") + words[i];
  }
  return out;
}

Value words_schema(const std::vector<std::string>& words) {
  Value::List values;
  for (const std::string& word : words) {
    values.push_back(word == "true" || word == "false" ? Value(word == "true") : Value(word));
  }
  return Value(Value::Map{{"enum", std::move(values)}});
}

}  // namespace pipit::config

#include "bgp/wire/community.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "bgp/wire/as_path.hpp"
#include "net/address.hpp"

namespace pipit::bgp {
namespace {

struct WellKnownName {
  WellKnown value;
  std::string_view name;
};

constexpr std::array<WellKnownName, 6> kWellKnown{{
    {WellKnown::GracefulShutdown, "graceful-shutdown"},
    {WellKnown::Blackhole, "blackhole"},
    {WellKnown::NoExport, "no-export"},
    {WellKnown::NoAdvertise, "no-advertise"},
    {WellKnown::NoExportSubconfed, "no-export-subconfed"},
    {WellKnown::NoPeer, "no-peer"},
}};

/// Extended community types that have a name of their own (RFC 4360 §4, §5).
struct SubTypeName {
  std::uint8_t sub_type;
  std::string_view name;
};

constexpr std::array<SubTypeName, 2> kSubTypes{{{0x02, "rt"}, {0x03, "soo"}}};

/// How the six octets of value are divided, by the high octet of the type (RFC 4360 §3, 5668).
enum class Layout : std::uint8_t { TwoOctetAs = 0, Ipv4 = 1, FourOctetAs = 2 };

template <typename Number>
std::optional<Number> number(std::string_view text, int base = 10) {
  Number value{};
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value, base);
  if (error != std::errc{} || stop != end || text.empty()) {
    return std::nullopt;
  }
  return value;
}

std::uint64_t extended(Layout layout, std::uint8_t sub_type, std::uint64_t value) {
  return (static_cast<std::uint64_t>(layout) << 56) | (std::uint64_t{sub_type} << 48) | value;
}

/// Cuts `text` at its first colon; the part behind it stays in `text`.
std::optional<std::string_view> take_field(std::string_view& text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) {
    return std::nullopt;
  }
  const std::string_view field = text.substr(0, colon);
  text.remove_prefix(colon + 1);
  return field;
}

}  // namespace

std::string community_to_string(std::uint32_t community) {
  for (const WellKnownName& row : kWellKnown) {
    if (static_cast<std::uint32_t>(row.value) == community) {
      return std::string(row.name);
    }
  }
  return fmt::format("{}:{}", community >> 16, community & 0xffff);
}

std::optional<std::uint32_t> parse_community(std::string_view text) {
  for (const WellKnownName& row : kWellKnown) {
    if (row.name == text) {
      return static_cast<std::uint32_t>(row.value);
    }
  }
  const auto field = take_field(text);
  const auto high = number<std::uint16_t>(field.value_or(""));
  const auto low = number<std::uint16_t>(text);
  if (!high || !low) {
    return std::nullopt;
  }
  return (std::uint32_t{*high} << 16) | *low;
}

std::string to_string(const LargeCommunity& community) {
  return fmt::format("{}:{}:{}", community.global, community.local1, community.local2);
}

std::optional<LargeCommunity> parse_large_community(std::string_view text) {
  const auto global = number<std::uint32_t>(take_field(text).value_or(""));
  const auto local1 = number<std::uint32_t>(take_field(text).value_or(""));
  const auto local2 = number<std::uint32_t>(text);
  if (!global || !local1 || !local2) {
    return std::nullopt;
  }
  return LargeCommunity{.global = *global, .local1 = *local1, .local2 = *local2};
}

std::string extended_community_to_string(std::uint64_t community) {
  const auto type = static_cast<std::uint8_t>(community >> 56);
  const auto sub_type = static_cast<std::uint8_t>(community >> 48);
  const auto high32 = static_cast<std::uint32_t>(community >> 16);
  for (const SubTypeName& row : kSubTypes) {
    if (row.sub_type != sub_type) {
      continue;
    }
    if (type == static_cast<std::uint8_t>(Layout::TwoOctetAs)) {
      return fmt::format("{}:{}:{}", row.name, (community >> 32) & 0xffff, community & 0xffffffff);
    }
    if (type == static_cast<std::uint8_t>(Layout::Ipv4)) {
      return fmt::format("{}:{}:{}", row.name, net::IpAddress::v4(high32).to_string(),
                         community & 0xffff);
    }
    // A small AS number in the four-octet layout must not read like one in the two-octet layout.
    if (type == static_cast<std::uint8_t>(Layout::FourOctetAs) && high32 > 0xffff) {
      return fmt::format("{}:{}:{}", row.name, high32, community & 0xffff);
    }
  }
  return fmt::format("generic:0x{:016x}", community);
}

std::optional<std::uint64_t> parse_extended_community(std::string_view text) {
  const auto kind = take_field(text);
  if (kind == "generic" && text.starts_with("0x") && text.size() == 18) {
    return number<std::uint64_t>(text.substr(2), 16);
  }
  const auto row = std::find_if(kSubTypes.begin(), kSubTypes.end(),
                                [&](const SubTypeName& known) { return known.name == kind; });
  if (row == kSubTypes.end()) {
    return std::nullopt;
  }
  const std::string_view administrator = take_field(text).value_or("");
  const auto local = number<std::uint32_t>(text);
  if (!local) {
    return std::nullopt;
  }
  if (const auto asn = number<std::uint16_t>(administrator)) {
    return extended(Layout::TwoOctetAs, row->sub_type, (std::uint64_t{*asn} << 32) | *local);
  }
  if (*local > 0xffff) {
    return std::nullopt;
  }
  const auto address = net::IpAddress::parse(administrator);
  if (address && address->is_v4()) {
    return extended(Layout::Ipv4, row->sub_type, (std::uint64_t{address->to_v4()} << 16) | *local);
  }
  const auto asn = parse_asn(administrator);
  if (!asn || *asn <= 0xffff) {
    return std::nullopt;
  }
  return extended(Layout::FourOctetAs, row->sub_type, (std::uint64_t{*asn} << 16) | *local);
}

std::vector<std::uint32_t> communities(net::ByteView octets) {
  std::vector<std::uint32_t> values;
  values.reserve(octets.size() / 4);
  net::ByteReader reader(octets);
  while (reader.remaining() >= 4) {
    values.push_back(reader.u32());
  }
  return values;
}

std::vector<std::uint64_t> extended_communities(net::ByteView octets) {
  std::vector<std::uint64_t> values;
  values.reserve(octets.size() / 8);
  net::ByteReader reader(octets);
  while (reader.remaining() >= 8) {
    values.push_back(reader.u64());
  }
  return values;
}

std::vector<LargeCommunity> large_communities(net::ByteView octets) {
  std::vector<LargeCommunity> values;
  values.reserve(octets.size() / 12);
  net::ByteReader reader(octets);
  while (reader.remaining() >= 12) {
    LargeCommunity value;
    value.global = reader.u32();
    value.local1 = reader.u32();
    value.local2 = reader.u32();
    values.push_back(value);
  }
  return values;
}

bool has_community(net::ByteView octets, std::uint32_t community) {
  net::ByteReader reader(octets);
  while (reader.remaining() >= 4) {
    if (reader.u32() == community) {
      return true;
    }
  }
  return false;
}

}  // namespace pipit::bgp

// Field tables: neighbors and groups.
#include <algorithm>

#include "config/fields.hpp"
#include "config/scalars.hpp"

namespace pipit::config {
namespace {

using std::chrono::seconds;

constexpr seconds kLongestTime{65535};

Type<bgp::SessionTimers> timer_fields() {
  using Options = bgp::SessionTimers;
  return section<Options>(
      "a mapping of timers",
      {field<Options>("hold", &Options::hold, duration(seconds(3), kLongestTime, true),
                      "The hold time that is offered; 0: no keepalives, and no notice of a peer "
                      "that is gone"),
       field<Options>("keepalive", &Options::keepalive, duration(seconds(1), kLongestTime, true),
                      "The time between keepalives; at most a third of the negotiated hold time "
                      "is used")
           .otherwise("a third of hold"),
       field<Options>("connect-retry", &Options::connect_retry, duration(seconds(1), kLongestTime),
                      "The time between attempts to connect"),
       field<Options>("send-hold", &Options::send_hold, duration(seconds(3), kLongestTime, true),
                      "A session ends when nothing can be sent for this long (RFC 9687); at least "
                      "hold; 0: never")
           .otherwise("8m, or twice hold if that is longer"),
       field<Options>(
           "idle-hold", &Options::idle_hold, duration(seconds(1), kLongestTime),
           "The wait before the next attempt to connect after a failure; it doubles with "
           "each failure in a row. A session that ends in an orderly way is no failure: "
           "by Cease 2, 3, 4, 6, 7 or 9, or because TCP is closed, once End-of-RIB went "
           "both ways. Connections of the neighbor are taken at all times"),
       field<Options>(
           "idle-hold-max", &Options::idle_hold_max, duration(seconds(1), kLongestTime),
           "The longest of these waits. Failures count anew after a session with "
           "End-of-RIB both ways that lasted for longer than the last wait, or, without, "
           "for 30s at least")},
      {"advertisement-interval"});
}

/// max-prefixes as it is written: what warn-at means depends on the limit.
struct MaxPrefixesText {
  rib::MaxPrefixes options;
  std::optional<unsigned> warn_percent = 80;
};

Field<MaxPrefixesText> warn_at_field() {
  auto shape = std::make_shared<const Shape>(
      Shape{.expected = "a percentage such as 80%, or a number of prefixes",
            .schema = Value(Value::Map{{"type", Value::List{"string", "integer"}},
                                       {"pattern", "^([1-9][0-9]?|100)%$|^[1-9][0-9]*$"},
                                       {"minimum", 1}})});
  Field<MaxPrefixesText> made = custom_field<MaxPrefixesText>(
      "warn-at", "A warning is logged at this many prefixes, or percent of the limit", shape,
      [shape](Reader& reader, const Node& node, MaxPrefixesText& value) {
        const bool scalar = node.kind == Node::Kind::Scalar;
        const auto percent = scalar ? parse_percentage(node.text) : Refused("");
        const auto number = scalar ? parse_number(node.text, 1, 4294967295U) : Refused("");
        if (percent) {
          value.warn_percent = *percent;
        } else if (number) {
          value.options.warn_at = static_cast<std::uint32_t>(*number);
          value.warn_percent.reset();
        } else {
          reader.unexpected(node, shape->expected);
        }
      },
      [](const MaxPrefixesText& value) { return Value(value.options.warn_at); });
  return std::move(made).otherwise("80%");
}

Type<rib::MaxPrefixes> max_prefixes_fields() {
  using Options = MaxPrefixesText;
  using Action = rib::MaxPrefixesAction;
  const Type<Options> type = section<Options>(
      "a mapping with a limit",
      {field<Options>(
           "limit", [](auto& text) -> auto& { return text.options.limit; },
           number<std::uint32_t>(1, 4294967295U, "prefixes"),
           "How many prefixes the neighbor may announce")
           .required(),
       warn_at_field(),
       field<Options>(
           "action", [](auto& text) -> auto& { return text.options.action; },
           choice<Action>(
               {{"warn", Action::Warn}, {"stop", Action::Stop}, {"restart", Action::Restart}}),
           "At one prefix more: log a warning, end the session for good, or end it and "
           "try again after restart-after"),
       field<Options>(
           "restart-after", [](auto& text) -> auto& { return text.options.restart_after; },
           duration(seconds(1), seconds(30 * 86400)), "How long the session stays down")});
  return {.shape = type.shape,
          .read =
              [type](Reader& reader, const Node& node, rib::MaxPrefixes& value) {
                Options text;
                type.read(reader, node, text);
                rib::MaxPrefixes& options = text.options;
                if (text.warn_percent) {
                  options.warn_at = static_cast<std::uint32_t>(std::uint64_t{options.limit} *
                                                               *text.warn_percent / 100);
                } else if (options.warn_at > options.limit && options.limit > 0) {
                  reader.error(node.find("warn-at")->value->mark,
                               fmt::format("{} is more than the limit of {}", options.warn_at,
                                           options.limit));
                }
                value = options;
              },
          .write =
              [type](const rib::MaxPrefixes& value) {
                return type.write(Options{.options = value, .warn_percent = {}});
              }};
}

struct FamilyOptions {
  std::optional<rib::MaxPrefixes> max_prefixes;
};

Type<NeighborConfig> family_fields() {
  const Type<FamilyOptions> family = section<FamilyOptions>(
      "a mapping of family options",
      {field<FamilyOptions>("max-prefixes", &FamilyOptions::max_prefixes, max_prefixes_fields(),
                            "A limit to what the neighbor may announce")
           .otherwise("no limit")
           .on_change({Effect::InPlace},
                      "a neighbor that is over the new limit feels it at once; one that the old "
                      "limit holds down tries again")},
      {"add-path", "extended-next-hop"}, true);
  std::vector<Field<NeighborConfig>> fields;
  for (std::size_t i = 0; i < net::kFamilyCount; ++i) {
    const std::string name = net::to_string(net::kFamilies[i]);
    Field<NeighborConfig> made = custom_field<NeighborConfig>(
        name, "Offers " + name, family.shape,
        [i, family](Reader& reader, const Node& node, NeighborConfig& neighbor) {
          neighbor.session.families[i] = true;
          FamilyOptions options;
          family.read(reader, node, options);
          neighbor.routes.max_prefixes[i] = options.max_prefixes;
        },
        [i, family](const NeighborConfig& neighbor) {
          return neighbor.session.families[i]
                     ? family.write({.max_prefixes = neighbor.routes.max_prefixes[i]})
                     : Value();
        });
    fields.push_back(std::move(made).on_change({Effect::Reset}));
  }
  return optional_section<NeighborConfig>("a mapping of address families", std::move(fields));
}

Field<NeighborConfig> password_file_field() {
  const Type<std::string> path = text("a file name", 1024);
  Field<NeighborConfig> made = custom_field<NeighborConfig>(
      "password-file", "A file that holds the password, relative to the file where this stands",
      path.shape,
      [path](Reader& reader, const Node& node, NeighborConfig& neighbor) {
        const std::size_t errors = reader.report().errors();
        path.read(reader, node, neighbor.password_file);
        if (reader.report().errors() == errors) {
          auto secret = reader.read_secret(node);
          neighbor.password_problem = secret ? std::string() : std::move(secret.error());
          neighbor.session.password = std::move(secret).value_or("");
          neighbor.password_file = reader.path_from_main_file(node);
        }
      },
      [](const NeighborConfig& neighbor) {
        return neighbor.password_file.empty() ? Value() : Value(neighbor.password_file);
      });
  return std::move(made).on_change({Effect::InPlace},
                                   "a file with another password resets the session");
}

Field<NeighborConfig> password_field() {
  Field<NeighborConfig> made = field<NeighborConfig>(
      "password", [](auto& n) -> auto& { return n.session.password; }, text("a password", 80),
      "The password of TCP MD5 (RFC 2385); it is never shown");
  made.read = [read = made.read](Reader& reader, const Node& node, NeighborConfig& neighbor) {
    const bool control = std::ranges::any_of(
        node.text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
    if (node.kind == Node::Kind::Scalar &&
        (node.text.empty() || node.text.size() > 80 || control)) {
      // What was written is not repeated, unlike everywhere else.
      reader.error(node.mark, "expected a password of 1 to 80 octets, on one line");
      return;
    }
    read(reader, node, neighbor);
  };
  made.write = [](const NeighborConfig& neighbor) {
    const bool own = !neighbor.session.password.empty() && neighbor.password_file.empty();
    return own ? Value("<hidden>") : Value();
  };
  return std::move(made).on_change({Effect::Reset});
}

Field<NeighborConfig> shutdown_field() {
  const Type<bool> flag = boolean();
  const Type<std::string> message = text("a message", 255);
  const ShapeRef shape = either({flag.shape, message.shape});
  Field<NeighborConfig> made = custom_field<NeighborConfig>(
      "shutdown",
      "Administratively down: true, or a message that goes out in the NOTIFICATION (RFC 9003)",
      shape,
      [message](Reader& reader, const Node& node, NeighborConfig& neighbor) {
        std::optional<std::string>& down = neighbor.session.shutdown;
        if (!node.quoted && node.text == "true") {
          down = "";
        } else if (!node.quoted && node.text == "false") {
          down.reset();
        } else {
          std::string text;
          message.read(reader, node, text);
          down = std::move(text);
        }
      },
      [](const NeighborConfig& neighbor) {
        const std::optional<std::string>& down = neighbor.session.shutdown;
        return down && !down->empty() ? Value(*down)
                                      : Value(down.has_value() && !neighbor.held_for_password);
      });
  return std::move(made).on_change({Effect::Shutdown});
}

std::vector<Field<NeighborConfig>> session_fields() {
  using Options = NeighborConfig;
  return {
      field<Options>(
          "asn", [](auto& n) -> auto& { return n.session.expected_asn; }, expected_asn(),
          "The AS of the neighbor: a number, internal (ours), or external (any but "
          "ours). Must be given, here or in a group")
          .otherwise("")
          .on_change({Effect::Reset}),
      field<Options>(
          "local-address", [](auto& n) -> auto& { return n.session.local_address; }, ip_address(),
          "The address that the session is made from")
          .otherwise("the kernel's choice")
          .on_change({Effect::Reset}),
      field<Options>(
          "port", [](auto& n) -> auto& { return n.session.port; }, number<std::uint16_t>(1, 65535),
          "The TCP port of the neighbor")
          .on_change({Effect::Reset}),
      field<Options>(
          "passive", [](auto& n) -> auto& { return n.session.passive; }, boolean(),
          "Wait for the neighbor to connect")
          .on_change({Effect::InPlace}),
      field<Options>(
          "multihop", [](auto& n) -> auto& { return n.session.multihop; },
          number<std::uint8_t>(1, 255, "hops"),
          "How many hops away the neighbor may be: the TTL of what is sent")
          .otherwise("1 for an external neighbor, 64 for an internal one")
          .on_change({Effect::Reset}),
      field<Options>(
          "ttl-security", [](auto& n) -> auto& { return n.session.ttl_security; },
          number<std::uint8_t>(1, 254, "hops"),
          "GTSM (RFC 5082): take only what comes from at most this many hops away; the "
          "neighbor must do the same. While all neighbors of an address family have it, the kernel "
          "drops connections from farther away, uncounted; during a SYN flood it refuses them all "
          "where others do not have it")
          .otherwise("off")
          .on_change({Effect::Reset}),
      password_field(),
      password_file_field(),
      field<Options>(
          "families", [](auto& n) -> auto& { return n; }, family_fields(),
          "The address families that are offered, and limits of each")
          .otherwise("the unicast family of the neighbor's address, alone"),
      field<Options>(
          "timers", [](auto& n) -> auto& { return n.session.timers; }, timer_fields(),
          "Timers of the session")
          .on_change({Effect::InPlace}, "another hold time is offered from the next session on"),
      shutdown_field(),
  };
}

Type<NeighborConfig> fields_of(bool group) {
  using Options = NeighborConfig;
  std::vector<Field<Options>> fields;
  if (!group) {
    fields.push_back(field<Options>(
                         "address", [](auto& n) -> auto& { return n.session.address; },
                         peer_address(), "The address of the neighbor")
                         .required()
                         .on_change({Effect::Reset}));
  }
  fields.push_back(field<Options>("group", &Options::group, name_of(NameKind::Group),
                                  "The group that this inherits from, key by key")
                       .otherwise("none")
                       .on_change({Effect::InPlace}, "what it inherits counts"));
  fields.push_back(field<Options>("description", &Options::description, text("a description", 255),
                                  "A note for people")
                       .on_change({Effect::InPlace}));
  for (auto part : {session_fields(), neighbor_route_fields()}) {
    fields.insert(fields.end(), part.begin(), part.end());
  }
  return section<Options>(group ? "a mapping of group options" : "a mapping of neighbor options",
                          std::move(fields),
                          {"local-asn", "bfd", "role", "as-override", "remove-private-as",
                           "default-originate", "graceful-restart"},
                          group);
}

}  // namespace

const Type<NeighborConfig>& neighbor_fields() {
  static const Type<NeighborConfig> kType = fields_of(false);
  return kType;
}

const Type<NeighborConfig>& group_fields() {
  static const Type<NeighborConfig> kType = fields_of(true);
  return kType;
}

}  // namespace pipit::config

// Field tables: the file as a whole, router, control, log.
#include "config/fields.hpp"
#include "config/hashed_identifier.hpp"
#include "config/scalars.hpp"

namespace pipit::config {
namespace {

Type<rib::BestPathOptions> best_path_fields() {
  using Options = rib::BestPathOptions;
  return section<Options>(
      "a mapping of best-path options",
      {field<Options>("always-compare-med", &Options::always_compare_med, boolean(),
                      "Compare MED between paths of different neighboring ASes too"),
       field<Options>("deterministic-med", &Options::deterministic_med, boolean(),
                      "Compare MED within each neighboring AS before anything else of it, so that "
                      "the order of arrival never decides"),
       field<Options>("compare-router-id", &Options::compare_router_id, boolean(),
                      "Decide between external paths by router id; false: the older path wins"),
       field<Options>("ignore-as-path", &Options::ignore_as_path, boolean(),
                      "Leave the AS_PATH length out of the decision"),
       field<Options>("multipath-relax", &Options::multipath_relax, boolean(),
                      "Paths through different ASes are equal when their AS_PATHs are as long")});
}

Type<rib::MultipathOptions> multipath_fields() {
  using Options = rib::MultipathOptions;
  return section<Options>(
      "a mapping of multipath options",
      {field<Options>("ebgp", &Options::ebgp, number<std::uint16_t>(1, 256, "paths"),
                      "Equal external paths that enter the kernel as one multipath route"),
       field<Options>("ibgp", &Options::ibgp, number<std::uint16_t>(1, 256, "paths"),
                      "Equal internal paths that enter the kernel as one multipath route")});
}

Type<rib::NextHopOptions> next_hop_fields() {
  using Options = rib::NextHopOptions;
  using Unresolved = rib::UnresolvedNextHop;
  return section<Options>(
      "a mapping of next-hop options",
      {field<Options>("via-default", &Options::via_default, boolean(),
                      "A default route resolves next hops"),
       field<Options>(
           "unresolved", &Options::unresolved,
           choice<Unresolved>({{"exclude", Unresolved::Exclude}, {"use", Unresolved::Use}}),
           "A path whose next hop is unreachable: exclude it (RFC 4271 section "
           "9.1.2.1), or use it (for a reflector outside of the forwarding path)")});
}

Type<net::LogLevel> log_level() {
  std::vector<std::pair<std::string, net::LogLevel>> levels;
  for (int i = 0; i <= static_cast<int>(net::LogLevel::Off); ++i) {
    const auto level = static_cast<net::LogLevel>(i);
    levels.emplace_back(net::to_string(level), level);
  }
  return choice<net::LogLevel>(std::move(levels));
}

using Levels = std::map<std::string, net::LogLevel>;

Type<Levels> log_level_fields() {
  std::vector<Field<Levels>> fields;
  const Type<net::LogLevel> level = log_level();
  for (std::size_t i = 0; i < net::kLogPartCount; ++i) {
    const std::string part(net::to_string(static_cast<net::LogPart>(i)));
    Field<Levels> made = custom_field<Levels>(
        part, "Level of the part " + part, level.shape,
        [part, level](Reader& reader, const Node& node, Levels& levels) {
          level.read(reader, node, levels[part]);
        },
        [part, level](const Levels& levels) {
          const auto found = levels.find(part);
          return found == levels.end() ? Value() : level.write(found->second);
        });
    fields.push_back(std::move(made).otherwise("log.level"));
  }
  return optional_section("a mapping from parts of the daemon to levels", std::move(fields));
}

Field<Config> include_field() {
  const ShapeRef pattern = text("a file name or pattern", 1024).shape;
  Field<Config> made = custom_field<Config>(
      "include",
      "More files, by name or pattern, relative to this one; sorted by name and merged in. A key "
      "may stand in one of them only; neighbors, groups, sets and policies add up, and so do "
      "originate, tests and kernel.import",
      list_shape(pattern), [](Reader&, const Node&, Config&) {},
      [](const Config&) { return Value(); });
  return std::move(made).on_change({Effect::InPlace}, "what the files say counts");
}

Field<Config> groups_field() {
  auto shape = std::make_shared<const Shape>(Shape{.kind = Shape::Kind::Map,
                                                   .expected = "a mapping from names of groups",
                                                   .element = group_fields().shape});
  return custom_field<Config>(
      "groups", "Templates that a neighbor or another group inherits by its key group", shape,
      [](Reader&, const Node&, Config&) {},
      [](const Config& config) {
        Value::Map map;
        for (const GroupConfig& group : config.groups) {
          map.emplace_back(group.name, group.options);
        }
        return map.empty() ? Value() : Value(std::move(map));
      });
}

Field<Config> neighbors_field() {
  auto shape = std::make_shared<const Shape>(Shape{.kind = Shape::Kind::Map,
                                                   .expected = "a mapping from names of neighbors",
                                                   .element = neighbor_fields().shape});
  return custom_field<Config>(
      "neighbors",
      "The neighbors, by the name that commands, log and metrics call them; none can be called "
      "all, group, kernel or originate",
      shape, [](Reader&, const Node&, Config&) {},
      [](const Config& config) {
        Value::Map map;
        for (const NeighborConfig& neighbor : config.neighbors) {
          map.emplace_back(neighbor.session.name, neighbor_fields().write(neighbor));
        }
        return map.empty() ? Value() : Value(std::move(map));
      });
}

Type<ListenOptions> listen_fields() {
  using Options = ListenOptions;
  const Type<std::vector<net::Endpoint>> list = list_of(endpoint());
  const Type<Options> whole = section<Options>(
      "a mapping of listen options",
      {field<Options>("addresses", &Options::addresses, list,
                      "Addresses with their ports; one that the host does not have yet is fine"),
       field<Options>(
           "on-failure", &Options::on_failure,
           choice<ListenFailure>({{"retry", ListenFailure::Retry}, {"exit", ListenFailure::Exit}}),
           "What a start does when one of them cannot be had, because another program listens "
           "there: go on with the others and try again, or end with status 1. A reload never "
           "ends the daemon")});
  return {.shape = either({list.shape, whole.shape}),
          .read =
              [=](Reader& reader, const Node& node, Options& options) {
                if (node.kind == Node::Kind::Map) {
                  whole.read(reader, node, options);
                } else {
                  list.read(reader, node, options.addresses);
                }
              },
          .write =
              [=](const Options& options) {
                return options.on_failure == ListenFailure::Retry ? list.write(options.addresses)
                                                                  : whole.write(options);
              }};
}

constexpr std::string_view kHash = "hash:";
constexpr const char* kRouterId =
    "an IPv4 address other than 0.0.0.0, auto, or hash: and a text (hash:node-1)";

/// An address, `auto`, or `hash:` and a text.
void read_router_id(Reader& reader, const Node& node, RouterOptions& router) {
  router.id.reset();
  router.id_text.clear();
  const bool scalar = node.kind == Node::Kind::Scalar;
  if (scalar && node.text == "auto") {
    return;
  }
  if (scalar && node.text.starts_with(kHash)) {
    router.id_text = node.text.substr(kHash.size());
    if (router.id_text.empty()) {
      reader.error(node.mark, "expected a text behind \"hash:\", such as the host's name");
    }
    router.id = net::IpAddress::v4(hashed_identifier(router.id_text));
    return;
  }
  const auto address = scalar ? net::IpAddress::parse(node.text) : std::nullopt;
  if (!address || address->is_v6() || address->is_unspecified()) {
    reader.unexpected(node, kRouterId);
    return;
  }
  router.id = address;
}

Field<Config> router_id_field() {
  auto shape =
      std::make_shared<const Shape>(Shape{.expected = kRouterId, .schema = string_schema()});
  Field<Config> made = custom_field<Config>(
      "id",
      "The BGP identifier, which no other router of the network may have: a number in the form of "
      "an IPv4 address; hash:TEXT for one that is worked out of a text, such as the host's name, "
      "for hosts without an IPv4 address; or auto. auto takes the first IPv4 local-address of a "
      "neighbor, else an address on the interface of the IPv4 default route, else the lowest "
      "global address whose prefix is shorter than /32; never one of the loopback device, of a "
      "tunnel, or of interfaces of workloads and services such as cali* and kube-ipvs*",
      shape,
      [](Reader& reader, const Node& node, Config& config) {
        read_router_id(reader, node, config.router);
      },
      [](const Config& config) {
        if (!config.router.id_text.empty()) {
          return Value(std::string(kHash) + config.router.id_text);
        }
        return config.router.id ? Value(config.router.id->to_string()) : Value();
      });
  return std::move(made).otherwise("auto").on_change({Effect::Reset}, "of every neighbor");
}

}  // namespace

Type<Config> router_fields() {
  return section<Config>(
      "a mapping of router options",
      {field<Config>(
           "asn", [](auto& c) -> auto& { return c.rib.asn; }, asn(),
           "The AS number of this router, 4 octets, in asplain or asdot form")
           .required()
           .on_change({Effect::Reset}, "of every neighbor"),
       router_id_field(),
       field<Config>(
           "cluster-id", [](auto& c) -> auto& { return c.router.cluster_id; }, identifier(),
           "The cluster of this router as a route reflector (RFC 4456)")
           .otherwise("the router id")
           .on_change({Effect::Import, Effect::Reset},
                      "resets only route reflector clients that have no cluster-id of their own"),
       field<Config>(
           "hostname", [](auto& c) -> auto& { return c.router.hostname; }, text("a host name", 255),
           "The name sent in the FQDN capability")
           .otherwise("the name of the host")
           .on_change({Effect::InPlace}, "each neighbor is told in its next session"),
       field<Config>(
           "best-path", [](auto& c) -> auto& { return c.rib.best_path; }, best_path_fields(),
           "How the best path is chosen")
           .on_change({Effect::Decision, Effect::Export}),
       field<Config>(
           "multipath", [](auto& c) -> auto& { return c.rib.multipath; }, multipath_fields(),
           "How many equal paths are used together")
           .on_change({Effect::Decision, Effect::Kernel}),
       field<Config>(
           "next-hops", [](auto& c) -> auto& { return c.rib.next_hops; }, next_hop_fields(),
           "How next hops are resolved")
           .on_change({Effect::Decision, Effect::Export}),
       field<Config>(
           "default-policy", [](auto& c) -> auto& { return c.router.default_policy; },
           choice<DefaultPolicy>(
               {{"rfc8212", DefaultPolicy::Rfc8212}, {"open", DefaultPolicy::Open}}),
           "What an external neighbor without a policy accepts and is sent: nothing (RFC 8212), or "
           "everything")
           .on_change({Effect::Import, Effect::Export}, "of external neighbors without a policy"),
       field<Config>(
           "graceful-shutdown", [](auto& c) -> auto& { return c.router.graceful_shutdown; },
           boolean(),
           "Before maintenance: mark what is sent with the community graceful-shutdown, and send "
           "it to internal neighbors with LOCAL_PREF 0, so that traffic goes other ways (RFC "
           "8326)")
           .on_change({Effect::Export})},
      {"graceful-restart"});
}

Type<control::ControlOptions> control_fields() {
  using Options = control::ControlOptions;
  return section<Options>(
      "a mapping of control options",
      {field<Options>("socket", &Options::socket, absolute_path(107),
                      "The Unix socket that pipit(1) talks to"),
       field<Options>("group", &Options::group, text("the name of a group of users", 64),
                      "The group of users that may use the socket; ignored when there is none of "
                      "that name")},
      {"bird-socket"});
}

Type<net::LogOptions> log_fields() {
  using Options = net::LogOptions;
  return section<Options>(
      "a mapping of log options",
      {field<Options>("level", &Options::level, log_level(), "What is worth a line"),
       field<Options>("target", &Options::target,
                      choice<net::LogTarget>(
                          {{"stderr", net::LogTarget::Stderr}, {"syslog", net::LogTarget::Syslog}}),
                      "Where lines go"),
       field<Options>(
           "format", &Options::format,
           choice<net::LogFormat>({{"text", net::LogFormat::Text}, {"json", net::LogFormat::Json}}),
           "Lines for people, or one JSON object a line"),
       field<Options>(
           "levels", &Options::levels, log_level_fields(),
           "Levels of single parts of the daemon. bgp: trace writes every message of all "
           "sessions, with its octets")});
}

const Type<Config>& file_fields() {
  static const Type<Config> kType = section<Config>(
      "a mapping of pipitd.yaml",
      {field<Config>(
           "router", [](auto& c) -> auto& { return c; }, router_fields(), "The router as a whole")
           .required(),
       include_field(),
       field<Config>("listen", &Config::listen, listen_fields(),
                     "Where connections are accepted: a list of addresses with their ports, of "
                     "which an empty one never listens; or {addresses: [...], on-failure: retry}. "
                     "An address that cannot be had is tried again after a second, two, ... ten, "
                     "and at once when addresses or interfaces change; the log and status name it. "
                     "With on-failure: exit a start ends with status 1 instead; a reload never "
                     "does. An address that the host does not have yet is no failure")
           .otherwise("[\"0.0.0.0:179\", \"[::]:179\"]")
           .on_change({Effect::InPlace}, "connections that exist stay"),
       field<Config>("control", &Config::control, control_fields(), "The control socket")
           .on_change({Effect::InPlace}),
       field<Config>("log", &Config::log, log_fields(), "Logging").on_change({Effect::InPlace}),
       field<Config>(
           "sets", [](auto& c) -> auto& { return c.policies.sets; }, set_fields(),
           "Named sets that policies refer to")
           .on_change({Effect::Import, Effect::Export}, "of those whose policies use the set"),
       field<Config>(
           "policies", [](auto& c) -> auto& { return c.policies.policies; }, policy_fields(),
           "Policies: lists of rules that run top down. The first rule with an action "
           "that ends the run decides; the end of the list rejects. The policies accept, "
           "reject and gateway-of-last-resort (the default route only) are built in")
           .on_change({Effect::Import, Effect::Export}, "of those that use the policy"),
       field<Config>("tests", &Config::tests, test_fields(),
                     "Tests of policies, which every check of the configuration runs: a route, "
                     "the policy or the neighbor and direction that it goes through, and what is "
                     "expected of it")
           .on_change({Effect::InPlace}),
       field<Config>("kernel", &Config::kernel, kernel_fields(), "Routes of and for the kernel")
           .on_change({Effect::Kernel}),
       field<Config>("originate", &Config::originate, list_of(originate_fields()),
                     "Routes of our own")
           .on_change({Effect::Originate}),
       groups_field(), neighbors_field()},
      {"http", "listen-ranges", "rpki", "bmp", "mrt"});
  return kType;
}

}  // namespace pipit::config

// Field tables: kernel and originate.
#include <algorithm>
#include <iterator>

#include "config/fields.hpp"
#include "config/policy_values.hpp"
#include "config/scalars.hpp"
#include "net/duration.hpp"

namespace pipit::config {
namespace {

constexpr std::uint8_t kLowestOwnProtocol = 5;  // below are the kernel's, and those of ip(8)

using ProtocolNames = std::vector<std::pair<std::string, std::uint8_t>>;

const ProtocolNames& protocol_names() {
  static const ProtocolNames kNames{{"redirect", 1},    {"kernel", 2}, {"boot", 3},   {"static", 4},
                                    {"ra", 9},          {"zebra", 11}, {"bird", 12},  {"dhcp", 16},
                                    {"keepalived", 18}, {"babel", 42}, {"bgp", 186},  {"isis", 187},
                                    {"ospf", 188},      {"rip", 189},  {"eigrp", 192}};
  return kNames;
}

Type<kernel::ImportRule> import_rule_fields() {
  using Options = kernel::ImportRule;
  Field<Options> in_table =
      field<Options>("table", &Options::table, routing_table(), "Routes of this table");
  in_table.write = [write = in_table.write](const Options& rule) {
    return rule.connected ? Value() : write(rule);
  };
  Type<Options> type = section<Options>(
      "a rule: a mapping with interface, protocol, type, gateway, table, connected or policy",
      {field<Options>("interface", &Options::interface, text("an interface name or pattern", 64),
                      "Routes through interfaces of this name; * and ? stand for anything")
           .otherwise("any"),
       field<Options>("protocol", &Options::protocols, one_or_list(kernel_protocol()),
                      "Routes that came in by one of these protocols")
           .otherwise("any but ours and the kernel's own"),
       field<Options>("type", &Options::types, one_or_list(kernel_route_type<kernel::RouteType>()),
                      "Routes that do this with packets")
           .otherwise("any but throw"),
       field<Options>("gateway", &Options::gateway, boolean(),
                      "true: routes with a gateway in one of their hops at least; false: routes "
                      "without any, as those of local workloads are and those to other hosts are "
                      "not")
           .otherwise("either"),
       std::move(in_table),
       field<Options>("connected", &Options::connected, boolean(),
                      "The prefixes of interface addresses instead of routes"),
       field<Options>("policy", &Options::policy, one_or_list(name_of(NameKind::Policy)),
                      "What is taken of them: a policy, or a list of them")
           .otherwise("accept")});
  type.read = [read = type.read](Reader& reader, const Node& node, Options& rule) {
    read(reader, node, rule);
    for (const char* key : {"protocol", "type", "gateway", "table"}) {
      if (const Entry* entry = node.find(key); entry != nullptr && rule.connected) {
        reader.error(entry->mark,
                     fmt::format("\"{}\" is about routes, and \"connected\" about addresses: they "
                                 "need a rule each",
                                 key));
      }
    }
  };
  return type;
}

/// A duration, or "off", which is 0.
Type<std::chrono::seconds> interval() {
  using std::chrono::seconds;
  const Type<seconds> plain = duration(seconds(1), seconds(86400));
  return scalar<seconds>(
      "off, or " + plain.shape->expected,
      Value(Value::Map{{"anyOf", Value::List{words_schema({"off"}), plain.shape->schema}}}),
      [](const std::string& text) -> Parsed<seconds> {
        if (text == "off") {
          return seconds(0);
        }
        const auto value = net::parse_duration(text);
        if (!value || *value < seconds(1) || *value > seconds(86400)) {
          return Refused(did_you_mean(text, {"off"}));
        }
        return *value;
      },
      [](const seconds& value) {
        return value == seconds(0) ? Value("off") : Value(to_text(value));
      });
}

/// Names of protocols, but for those of the kernel's own routes and of ip(8).
Type<std::uint8_t> own_protocol() {
  ProtocolNames names{{"pipit", kernel::kProtocolPipit}};
  std::ranges::copy_if(protocol_names(), std::back_inserter(names),
                       [](const auto& name) { return name.second >= kLowestOwnProtocol; });
  return number_or_word<std::uint8_t>(std::move(names), kLowestOwnProtocol, 255);
}

Type<kernel::FamilySet> family_set() {
  const Type<std::vector<net::Afi>> names = one_or_list(
      choice<net::Afi>({{"ipv4-unicast", net::Afi::Ipv4}, {"ipv6-unicast", net::Afi::Ipv6}}));
  return {.shape = names.shape,
          .read =
              [names](Reader& reader, const Node& node, kernel::FamilySet& families) {
                std::vector<net::Afi> listed;
                names.read(reader, node, listed);
                const auto has = [&](net::Afi afi) {
                  return std::ranges::find(listed, afi) != listed.end();
                };
                if (!listed.empty()) {  // else an error is noted
                  families = {.ipv4 = has(net::Afi::Ipv4), .ipv6 = has(net::Afi::Ipv6)};
                }
              },
          .write =
              [names](const kernel::FamilySet& families) {
                std::vector<net::Afi> listed;
                for (const net::Afi afi : {net::Afi::Ipv4, net::Afi::Ipv6}) {
                  if (families.has(afi)) {
                    listed.push_back(afi);
                  }
                }
                return names.write(listed);
              }};
}

Type<kernel::ExportOptions> export_fields() {
  using Options = kernel::ExportOptions;
  return section<Options>(
      "a mapping of export options",
      {field<Options>("table", &Options::table, routing_table(), "The table that routes enter"),
       field<Options>(
           "protocol", &Options::protocol, own_protocol(),
           "The rtnetlink protocol of our routes, which no other program on the host "
           "may write: bgp (186) is what FRR's zebra writes. Routes of others are never "
           "touched; but zebra takes back its own to a prefix where it sees one of ours, "
           "since it prefers those for the kernel's"),
       field<Options>(
           "adopt", &Options::adopt,
           choice<kernel::Adopt>({{"own", kernel::Adopt::Own}, {"all", kernel::Adopt::All}}),
           "Which routes with our protocol count as ours, and go when nobody announces them. own: "
           "those in our tables at our metrics, now or by the record beside the control socket. "
           "all: all in our tables, to take over from another daemon that wrote this protocol and "
           "runs no more"),
       field<Options>("families", &Options::families, family_set(),
                      "Families whose routes are written. Others are neither written nor removed, "
                      "so that another daemon may have them. A family that a reload takes out has "
                      "its routes removed; one that goes between two runs has not"),
       field<Options>("metric", &Options::metric, kernel_metric(),
                      "The metric (priority) of our routes"),
       field<Options>("policy", &Options::policy, one_or_list(name_of(NameKind::Policy)),
                      "Which best routes enter the kernel: a policy, or a list of them")
           .otherwise("accept"),
       field<Options>("preferred-source", &Options::preferred_source, preferred_sources(),
                      "The source address of what this host sends by our routes; at most one of "
                      "each family")
           .otherwise("the kernel's choice"),
       field<Options>("on-exit", &Options::on_exit,
                      choice<kernel::OnExit>(
                          {{"keep", kernel::OnExit::Keep}, {"flush", kernel::OnExit::Flush}}),
                      "Keep our routes when the daemon ends, so that forwarding survives a "
                      "restart, or take them out"),
       field<Options>("audit", &Options::audit, interval(),
                      "How often our routes are read from the kernel and compared with what "
                      "should be there")},
      {"tunnel"}, true);
}

}  // namespace

Type<std::uint32_t> routing_table() {
  Type<std::uint32_t> type =
      number_or_word<std::uint32_t>({{"main", kernel::kMainTable}}, 1, 4294967295U);
  type.read = [read = type.read](Reader& reader, const Node& node, std::uint32_t& number) {
    std::uint32_t given = number;
    read(reader, node, given);
    if (given == kernel::kLocalTable) {
      reader.error(node.mark,
                   "table 255 is \"local\", which the kernel keeps for this host's addresses, did "
                   "you mean \"main\" (254)?");
      return;
    }
    number = given;
  };
  return type;
}

Type<std::uint32_t> kernel_metric() {
  return number<std::uint32_t>(1, 4294967295U);
}

Type<std::vector<net::IpAddress>> preferred_sources() {
  Type<std::vector<net::IpAddress>> type = one_or_list(ip_address());
  type.read = [read = type.read](Reader& reader, const Node& node,
                                 std::vector<net::IpAddress>& sources) {
    read(reader, node, sources);
    const auto v6 = [](const net::IpAddress& address) { return address.is_v6(); };
    const auto count = std::count_if(sources.begin(), sources.end(), v6);
    if (count > 1 || std::ssize(sources) - count > 1) {
      reader.error(node.mark, "expected at most one address of each family");
    }
  };
  return type;
}

Type<std::uint8_t> kernel_protocol() {
  return number_or_word<std::uint8_t>(protocol_names(), 1, 255);
}

Type<kernel::KernelOptions> kernel_fields() {
  using Options = kernel::KernelOptions;
  return section<Options>(
      "a mapping with import and export",
      {field<Options>("import", &Options::imports, list_of(import_rule_fields()),
                      "Which kernel routes enter the RIB: the first rule that matches decides, "
                      "and all that a rule says must hold. None by default"),
       field<Options>("export", &Options::exports, export_fields(),
                      "Which best routes enter the kernel, and how; {} takes the defaults")
           .otherwise("no route enters the kernel")});
}

Type<rib::OriginateOptions> originate_fields() {
  using Options = rib::OriginateOptions;
  return section<Options>(
      "a mapping with a prefix",
      {field<Options>("prefix", &Options::prefix, prefix(), "The prefix").required(),
       field<Options>("communities", &Options::communities, community_list(),
                      "Communities of the route"),
       field<Options>("med", &Options::med, number<std::uint32_t>(0, 4294967295U),
                      "MED of the route")
           .otherwise("none"),
       field<Options>("local-preference", &Options::local_preference,
                      number<std::uint32_t>(0, 4294967295U), "LOCAL_PREF of the route")
           .otherwise("100"),
       field<Options>("kernel", &Options::kernel_blackhole, choice<bool>({{"blackhole", true}}),
                      "Installs it in the kernel too, so that unused addresses do not loop; needs "
                      "kernel.export")
           .otherwise("not installed")},
      {"aggregate"});
}

}  // namespace pipit::config

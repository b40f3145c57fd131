// Field tables: the match of a rule.
#include <limits>

#include "config/fields.hpp"
#include "config/policy_values.hpp"

namespace pipit::config {
namespace {

using policy::AsPathMatch;
using policy::CommunityMatch;
using policy::MatchOptions;
using policy::NextHopMatch;
using policy::NumberRange;

/// Where the JSON Schema describes a match.
constexpr const char* kMatchSchema =
    "#/properties/policies/additionalProperties/items/properties/match";

/// `any`, `all`, `not`: mappings of the same conditions again, one or a list.
Field<MatchOptions> nested(const char* key,
                           const char* help,
                           std::vector<MatchOptions> MatchOptions::* where) {
  const Type<MatchOptions> inner{.shape = std::make_shared<const Shape>(
                                     Shape{.expected = "a mapping of conditions",
                                           .schema = Value(Value::Map{{"$ref", kMatchSchema}})}),
                                 .read =
                                     [](Reader& reader, const Node& node, MatchOptions& match) {
                                       static const Type<MatchOptions> kMatch = match_fields();
                                       kMatch.read(reader, node, match);
                                     },
                                 .write =
                                     [](const MatchOptions& match) {
                                       static const Type<MatchOptions> kMatch = match_fields();
                                       return kMatch.write(match);
                                     }};
  return field<MatchOptions>(key, where, one_or_list(inner), help);
}

/// A section that may also be given as the value of its key `shorthand` alone.
template <typename T>
Type<T> with_shorthand(Type<T> whole, const char* shorthand, ShapeRef value) {
  const ShapeRef shape = either({std::move(value), whole.shape});
  return {
      .shape = shape,
      .read =
          [whole, shorthand](Reader& reader, const Node& node, T& target) {
            if (node.kind == Node::Kind::Map) {
              whole.read(reader, node, target);
              return;
            }
            Node mapping;
            mapping.kind = Node::Kind::Map;
            mapping.mark = node.mark;
            mapping.entries.push_back({shorthand, node.mark, std::make_shared<const Node>(node)});
            whole.read(reader, mapping, target);
          },
      .write = whole.write};
}

Type<AsPathMatch> as_path_match() {
  const Type<policy::WordQuery> patterns = as_path_query();
  return with_shorthand(
      optional_section<AsPathMatch>(
          "a mapping with matches, length, origin-as, neighbor-as and contains",
          {field<AsPathMatch>("matches", &AsPathMatch::matches, patterns,
                              "One of these regular expressions or sets of them matches"),
           field<AsPathMatch>("length", &AsPathMatch::length, one_or_list(number_range(0, 65535)),
                              "The length as the decision process counts it: an AS_SET is 1"),
           field<AsPathMatch>("origin-as", &AsPathMatch::origin, as_number_query(),
                              "The last AS, unless it is in an AS_SET"),
           field<AsPathMatch>("neighbor-as", &AsPathMatch::neighbor, as_number_query(),
                              "The first AS"),
           field<AsPathMatch>("contains", &AsPathMatch::contains, as_number_query(),
                              "An AS anywhere in the path, AS_SETs and confederations too")}),
      "matches", patterns.shape);
}

Type<NextHopMatch> next_hop_match() {
  const Type<policy::PrefixQuery> prefixes = next_hop_query();
  return with_shorthand(
      optional_section<NextHopMatch>(
          "a mapping with prefix, reachable and neighbor-address",
          {field<NextHopMatch>("prefix", &NextHopMatch::prefix, prefixes,
                               "One of these addresses, or inside of one of these prefixes"),
           field<NextHopMatch>("reachable", &NextHopMatch::reachable, boolean(),
                               "Whether the kernel has a route to it"),
           field<NextHopMatch>("neighbor-address", &NextHopMatch::neighbor_address, boolean(),
                               "Whether it is the address of the neighbor whose policy it is")}),
      "prefix", prefixes.shape);
}

Type<CommunityMatch> community_match() {
  using Match = CommunityMatch;
  return optional_section<Match>(
      "a mapping with any, all, none and count",
      {field<Match>("any", &Match::any, community_query(),
                    "The route carries one of these communities or a member of one of these "
                    "community sets"),
       field<Match>("all", &Match::all, community_query(),
                    "The route carries all of these communities, each member of these sets, and "
                    "something of each range"),
       field<Match>("none", &Match::none, community_query(),
                    "The route carries none of these communities and no member of these sets"),
       field<Match>("count", &Match::count, one_or_list(number_range(0, 65535)),
                    "How many communities of all three kinds the route carries")});
}

std::vector<Field<MatchOptions>> route_conditions() {
  using Match = MatchOptions;
  using policy::SourceKind;
  const auto source = choice<SourceKind>({{"bgp", SourceKind::Bgp},
                                          {"kernel", SourceKind::Kernel},
                                          {"connected", SourceKind::Connected},
                                          {"originate", SourceKind::Originate}});
  std::vector<std::pair<std::string, net::Family>> families;
  for (const net::Family one : net::kFamilies) {
    families.emplace_back(net::to_string(one), one);
  }
  const auto family = choice<net::Family>(families);
  const auto peer = choice<policy::PeerType>(
      {{"internal", policy::PeerType::Internal}, {"external", policy::PeerType::External}});
  return {field<Match>("prefix", &Match::prefix, prefix_query(),
                       "The prefix is in one of these prefix sets or ranges"),
          field<Match>("prefix-origin", &Match::prefix_origins,
                       one_or_list(name_of(NameKind::PrefixOriginSet)),
                       "The prefix and the last AS of AS_PATH are a pair of one of these sets"),
          field<Match>("prefix-length", &Match::prefix_length, one_or_list(number_range(0, 128)),
                       "The length of the prefix"),
          field<Match>("family", &Match::families, one_or_list(family), "The address family"),
          field<Match>("source", &Match::sources, one_or_list(source),
                       "Where the route entered: by BGP, as a kernel route, as the prefix of "
                       "an interface address, or by originate"),
          field<Match>(
              "interface", [](auto& m) -> auto& { return m.kernel.interfaces; },
              one_or_list(text("a pattern for the name of an interface", 64)),
              "The interface of a kernel route or address, by pattern; known in policies of "
              "kernel.import only"),
          field<Match>(
              "protocol", [](auto& m) -> auto& { return m.kernel.protocols; },
              one_or_list(kernel_protocol()),
              "The rtnetlink protocol of a kernel route; known in policies of kernel.import only"),
          field<Match>(
              "metric", [](auto& m) -> auto& { return m.kernel.metric; },
              one_or_list(number_range(0, net::NumberRange::kHighest)),
              "The metric of a kernel route; known in policies of kernel.import only"),
          field<Match>(
              "type", [](auto& m) -> auto& { return m.kernel.types; },
              one_or_list(kernel_route_type<policy::KernelRouteType>()),
              "What a kernel route does with packets; known in policies of kernel.import only"),
          field<Match>(
              "gateway", [](auto& m) -> auto& { return m.kernel.gateway; }, boolean(),
              "Whether a kernel route leads through a gateway, by one of its hops at least; known "
              "in policies of kernel.import only"),
          field<Match>("neighbor", &Match::neighbor, neighbor_query(),
                       "The neighbor that the route was learned from, on import and on export"),
          field<Match>("group", &Match::groups, one_or_list(name_of(NameKind::Group)),
                       "A group of the neighbor that the route was learned from: its own or one "
                       "that this inherits from"),
          field<Match>("peer-type", &Match::peer_type, peer,
                       "What kind of neighbor the route was learned from")};
}

}  // namespace

Type<MatchOptions> match_fields() {
  using Match = MatchOptions;
  std::vector<Field<Match>> fields = route_conditions();
  const auto numbers = one_or_list(number_range(0, net::NumberRange::kHighest));
  const std::vector<Field<Match>> more{
      field<Match>("as-path", &Match::as_path, as_path_match(),
                   "The AS_PATH: a regular expression, or a mapping of conditions. matches: one of "
                   "these expressions or sets of them; length; origin-as: the last AS; "
                   "neighbor-as: the first one; contains: an AS anywhere. AS numbers are numbers, "
                   "ranges and sets of them"),
      field<Match>("communities", &Match::communities, community_match(),
                   "What communities the route carries"),
      field<Match>(
          "next-hop", &Match::next_hop, next_hop_match(),
          "The next hop: addresses, prefixes and prefix sets, or a mapping with prefix, "
          "reachable and neighbor-address. reachable: true or false, whether the kernel has "
          "a route to it; neighbor-address likewise, whether it is the address of the "
          "neighbor whose policy it is"),
      field<Match>("local-preference", &Match::local_preference, numbers,
                   "LOCAL_PREF; a route without it counts as 100"),
      field<Match>("med", &Match::med, numbers, "The MED; a route without it counts as 0"),
      field<Match>("origin", &Match::origins,
                   one_or_list(choice<bgp::Origin>({{"igp", bgp::Origin::Igp},
                                                    {"egp", bgp::Origin::Egp},
                                                    {"incomplete", bgp::Origin::Incomplete}})),
                   "ORIGIN"),
      field<Match>("weight", &Match::weight, numbers, "The weight that a policy gave the route"),
      field<Match>("tag", &Match::tag, numbers, "The tag that a policy gave the route"),
      nested("any", "One of these holds: a list of mappings like match", &Match::any),
      nested("all", "Each of these holds", &Match::all),
      nested("not", "None of these holds", &Match::none)};
  fields.insert(fields.end(), more.begin(), more.end());
  return optional_section<Match>("a mapping of conditions", std::move(fields), {"rpki"});
}

}  // namespace pipit::config

// Field tables: sets and policies.
#include <algorithm>

#include "bgp/wire/community.hpp"
#include "config/fields.hpp"
#include "config/scalars.hpp"

namespace pipit::config {
namespace {

using policy::ActionOptions;
using policy::CommunityList;
using policy::MatchOptions;
using policy::PrefixRange;
using policy::RuleOptions;
using policy::SetOptions;
using policy::Then;

constexpr const char* kCommunity =
    "a community such as 64512:100, 64512:1:2, rt:64512:7 or no-export";

/// True when the text has been understood and added.
bool add_community(const std::string& text, CommunityList& list) {
  if (const auto standard = bgp::parse_community(text)) {
    list.standard.push_back(*standard);
  } else if (const auto large = bgp::parse_large_community(text)) {
    list.large.push_back(*large);
  } else if (const auto extended = bgp::parse_extended_community(text)) {
    list.extended.push_back(*extended);
  } else {
    return false;
  }
  return true;
}

bool is_community(const std::string& text) {
  CommunityList list;
  return text.find(':') != std::string::npos || add_community(text, list);
}

ShapeRef community_shape() {
  return std::make_shared<const Shape>(
      Shape{.expected = kCommunity,
            .schema = Value(Value::Map{{"type", Value::List{"string", "integer"}}})});
}

void read_community(Reader& reader, const Node& node, CommunityList& list) {
  if (node.kind != Node::Kind::Scalar || !add_community(node.text, list)) {
    const bool range = node.kind == Node::Kind::Scalar &&
                       node.text.find(':') != std::string::npos &&
                       node.text.find_first_of("*-") != std::string::npos;
    reader.unexpected(node, kCommunity,
                      range ? " (ranges and \"*\" are not supported in this version)" : "");
  }
}

void write_communities(const CommunityList& list, Value::List& out) {
  for (const std::uint32_t community : list.standard) {
    out.emplace_back(bgp::community_to_string(community));
  }
  for (const std::uint64_t community : list.extended) {
    out.emplace_back(bgp::extended_community_to_string(community));
  }
  for (const bgp::LargeCommunity& community : list.large) {
    out.emplace_back(bgp::to_string(community));
  }
}

Value null_if_empty(Value::List list) {
  return list.empty() ? Value() : Value(std::move(list));
}

/// Calls `each` for the items of a list, or for the one value that stands instead of it.
template <typename Each>
void for_each_item(Reader& reader, const Node& node, const ShapeRef& shape, const Each& each) {
  if (node.kind == Node::Kind::Scalar) {
    each(node);
  } else if (node.kind != Node::Kind::List || node.items.empty()) {
    const bool empty = node.kind == Node::Kind::List;
    reader.error(node.mark, fmt::format("expected {}, got {}", shape->expected,
                                        empty ? "an empty list" : node.describe()));
  } else {
    for (const NodeRef& item : node.items) {
      each(*item);
    }
  }
}

/// Names of community sets and literal communities, one or a list.
template <typename Owner>
Field<Owner> communities_field(const char* key,
                               const char* help,
                               std::vector<std::string> Owner::* names,
                               CommunityList Owner::* literals) {
  const ShapeRef item = either({name_of(NameKind::CommunitySet).shape, community_shape()});
  const ShapeRef shape = one_or_list_shape(item);
  return custom_field<Owner>(
      key, help, shape,
      [=](Reader& reader, const Node& node, Owner& owner) {
        for_each_item(reader, node, shape, [&](const Node& one) {
          if (one.kind == Node::Kind::Scalar && !is_community(one.text)) {
            if (reader.refer(NameKind::CommunitySet, one.text, one.mark)) {
              (owner.*names).push_back(one.text);
            }
          } else {
            read_community(reader, one, owner.*literals);
          }
        });
      },
      [=](const Owner& owner) {
        Value::List list((owner.*names).begin(), (owner.*names).end());
        write_communities(owner.*literals, list);
        return null_if_empty(std::move(list));
      });
}

bool looks_like_prefix(const std::string& text) {
  return text.find_first_of("/: ") != std::string::npos || net::IpAddress::parse(text).has_value();
}

Field<MatchOptions> prefix_field() {
  const Type<PrefixRange> range = prefix_range();
  const ShapeRef item = either({name_of(NameKind::PrefixSet).shape, range.shape});
  const ShapeRef shape = one_or_list_shape(item);
  return custom_field<MatchOptions>(
      "prefix", "The prefix is in one of these prefix sets or ranges", shape,
      [=](Reader& reader, const Node& node, MatchOptions& match) {
        for_each_item(reader, node, shape, [&](const Node& one) {
          if (one.kind == Node::Kind::Scalar && !looks_like_prefix(one.text)) {
            if (reader.refer(NameKind::PrefixSet, one.text, one.mark)) {
              match.prefix_sets.push_back(one.text);
            }
          } else {
            range.read(reader, one, match.prefixes.emplace_back());
          }
        });
      },
      [=](const MatchOptions& match) {
        Value::List list(match.prefix_sets.begin(), match.prefix_sets.end());
        for (const PrefixRange& one : match.prefixes) {
          list.push_back(range.write(one));
        }
        return null_if_empty(std::move(list));
      });
}

Type<MatchOptions> match_fields() {
  using policy::SourceKind;
  const auto source = choice<SourceKind>({{"bgp", SourceKind::Bgp},
                                          {"kernel", SourceKind::Kernel},
                                          {"connected", SourceKind::Connected},
                                          {"originate", SourceKind::Originate}});
  const Type<MatchOptions> communities = optional_section<MatchOptions>(
      "a mapping with any",
      {communities_field("any",
                         "The route carries one of these communities or a member of one of "
                         "these community sets",
                         &MatchOptions::any_community_sets, &MatchOptions::any_community)},
      {"all", "none"});
  return optional_section<MatchOptions>(
      "a mapping of conditions",
      {prefix_field(),
       field<MatchOptions>("source", &MatchOptions::sources, one_or_list(source),
                           "Where the route entered: by BGP, as a kernel route, as the prefix of "
                           "an interface address, or by originate"),
       field<MatchOptions>(
           "communities", [](auto& match) -> auto& { return match; }, communities,
           "What communities the route carries")},
      {"rpki", "as-path", "neighbor", "med", "local-preference", "next-hop", "origin", "family"});
}

Type<ActionOptions> set_action_fields() {
  const Type<CommunityList> added = community_list();
  const Type<ActionOptions> communities = optional_section<ActionOptions>(
      "a mapping with add and remove",
      {communities_field("remove",
                         "Takes out these communities and the members of these "
                         "community sets, before anything is added",
                         &ActionOptions::remove_sets, &ActionOptions::remove),
       field<ActionOptions>("add", &ActionOptions::add, added, "Puts in these communities")});
  return optional_section<ActionOptions>(
      "a mapping of changes",
      {field<ActionOptions>("local-preference", &ActionOptions::local_preference,
                            number<std::uint32_t>(0, 4294967295U), "Sets LOCAL_PREF"),
       field<ActionOptions>("med", &ActionOptions::med, number<std::uint32_t>(0, 4294967295U),
                            "Sets the MED"),
       field<ActionOptions>(
           "communities", [](auto& action) -> auto& { return action; }, communities,
           "Changes communities; a list that changes comes out in ascending order"),
       field<ActionOptions>("next-hop", &ActionOptions::next_hop_self,
                            choice<bool>({{"self", true}}),
                            "Sets the next hop to this router in what is sent")
           .otherwise("unchanged")},
      {"as-path", "origin", "weight", "preferred-source"});
}

Type<RuleOptions> rule_fields() {
  Type<RuleOptions> type = section<RuleOptions>(
      "a rule: a mapping with match, set or then",
      {field<RuleOptions>("match", &RuleOptions::match, match_fields(),
                          "All of this must hold; without it the rule matches every route"),
       field<RuleOptions>("set", &RuleOptions::set, set_action_fields(),
                          "What is changed of a route that matches"),
       field<RuleOptions>(
           "then", &RuleOptions::then,
           choice<Then>(
               {{"accept", Then::Accept}, {"reject", Then::Reject}, {"next-rule", Then::None}}),
           "What becomes of a route that matches")});
  type.read = [read = type.read](Reader& reader, const Node& node, RuleOptions& rule) {
    const std::size_t errors = reader.report().errors();
    read(reader, node, rule);
    rule.place.text =
        fmt::format("{}:{}", reader.report().file_name(node.mark.file), node.mark.line);
    if (reader.report().errors() == errors && rule.set == ActionOptions{} &&
        rule.then == Then::None) {
      reader.report().warning(node.mark, "this rule does nothing: it sets nothing and goes on");
    }
  };
  return type;
}

}  // namespace

Type<CommunityList> community_list() {
  const ShapeRef shape = one_or_list_shape(community_shape());
  return {.shape = shape,
          .read =
              [shape](Reader& reader, const Node& node, CommunityList& list) {
                if (node.kind == Node::Kind::List && node.items.empty()) {
                  return;
                }
                for_each_item(reader, node, shape,
                              [&](const Node& one) { read_community(reader, one, list); });
              },
          .write =
              [](const CommunityList& list) {
                Value::List out;
                write_communities(list, out);
                return null_if_empty(std::move(out));
              }};
}

Type<SetOptions> set_fields() {
  Type<CommunityList> communities = community_list();
  communities.write = [](const CommunityList& list) {
    Value::List out;
    write_communities(list, out);
    return Value(std::move(out));
  };
  Type<SetOptions> type = optional_section<SetOptions>(
      "a mapping with prefixes and communities",
      {field<SetOptions>("prefixes", &SetOptions::prefixes,
                         map_of("prefix set", list_of(prefix_range())),
                         "Sets of prefixes. Without ge and le an entry is that prefix alone; with "
                         "ge, le or both it is all prefixes inside of it of such lengths"),
       field<SetOptions>("communities", &SetOptions::communities,
                         map_of("community set", communities),
                         "Sets of communities of all three kinds")},
      {"as-paths", "neighbors"});
  type.read = [read = type.read](Reader& reader, const Node& node, SetOptions& sets) {
    read(reader, node, sets);
    const Entry* prefixes = node.find("prefixes");
    const Entry* values = node.find("communities");
    for (const Entry& set : prefixes == nullptr ? std::vector<Entry>{} : prefixes->value->entries) {
      if (looks_like_prefix(set.key)) {
        reader.error(set.mark, "the name of a set cannot be an address");
      }
    }
    for (const Entry& set : values == nullptr ? std::vector<Entry>{} : values->value->entries) {
      if (is_community(set.key)) {
        reader.error(set.mark, "the name of a set cannot be that of a community");
      }
    }
  };
  return type;
}

Type<std::map<std::string, std::vector<RuleOptions>>> policy_fields() {
  auto type = map_of("policy", list_of(rule_fields()));
  type.read = [read = type.read](Reader& reader, const Node& node,
                                 std::map<std::string, std::vector<RuleOptions>>& policies) {
    read(reader, node, policies);
    for (const Entry& entry : node.entries) {
      if (entry.key == "accept" || entry.key == "reject" || entry.key == "rfc8212") {
        reader.error(entry.mark, fmt::format("the policy \"{}\" is built in", entry.key));
      }
    }
  };
  return type;
}

}  // namespace pipit::config

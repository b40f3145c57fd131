// Field tables: rules and policies.
#include <algorithm>

#include "config/fields.hpp"
#include "config/scalars.hpp"
#include "policy/policy.hpp"

namespace pipit::config {
namespace {

using policy::ActionOptions;
using policy::RuleOptions;
using policy::Then;

Field<RuleOptions> then_field() {
  const Type<Then> word = choice<Then>({{"accept", Then::Accept},
                                        {"reject", Then::Reject},
                                        {"next-rule", Then::None},
                                        {"next-policy", Then::NextPolicy}});
  const Type<RuleOptions> call = section<RuleOptions>(
      "a mapping with call",
      {field<RuleOptions>("call", &RuleOptions::call, name_of(NameKind::Policy),
                          "The policy that is to decide; at its end the rules go on here")
           .required()});
  return custom_field<RuleOptions>(
      "then",
      "What becomes of a route that matches: accept and reject end the run, next-rule goes on "
      "below, next-policy with the next policy of a list, {call: NAME} runs another policy, whose "
      "end comes back here",
      either({word.shape, call.shape}),
      [=](Reader& reader, const Node& node, RuleOptions& rule) {
        if (node.kind == Node::Kind::Map) {
          call.read(reader, node, rule);
          rule.then = rule.call.empty() ? Then::None : Then::Call;
        } else {
          word.read(reader, node, rule.then);
        }
      },
      [=](const RuleOptions& rule) {
        return rule.then == Then::Call ? call.write(rule) : word.write(rule.then);
      });
}

Type<RuleOptions> rule_fields() {
  Type<RuleOptions> type = section<RuleOptions>(
      "a rule: a mapping with match, set or then",
      {field<RuleOptions>("match", &RuleOptions::match, match_fields(),
                          "All of this must hold; without it the rule matches every route"),
       field<RuleOptions>("set", &RuleOptions::set, action_fields(),
                          "What is changed of a route that matches"),
       then_field()});
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

Type<std::map<std::string, std::vector<RuleOptions>>> policy_fields() {
  auto type = map_of("policy", list_of(rule_fields()));
  type.read = [read = type.read](Reader& reader, const Node& node,
                                 std::map<std::string, std::vector<RuleOptions>>& policies) {
    read(reader, node, policies);
    const std::vector<std::string>& built_in = policy::built_in_policies();
    for (const Entry& entry : node.entries) {
      if (entry.key == "rfc8212" ||
          std::find(built_in.begin(), built_in.end(), entry.key) != built_in.end()) {
        reader.error(entry.mark, fmt::format("the policy \"{}\" is built in", entry.key));
      }
    }
  };
  return type;
}

}  // namespace pipit::config

#include "policy/policy.hpp"

#include <algorithm>
#include <bitset>
#include <optional>
#include <utility>
#include <vector>

#include "policy/community_set.hpp"
#include "policy/prefix_matcher.hpp"

namespace pipit::policy {
namespace {

using PrefixMatcherRef = std::shared_ptr<const PrefixMatcher>;

/// Sets compiled once and shared by all rules that name them.
using PrefixSets = std::map<std::string, PrefixMatcherRef>;

constexpr std::size_t kSourceKinds = 4;

class BuiltIn final : public Policy {
 public:
  BuiltIn(std::string name, bool accepts) : name_(std::move(name)), accepts_(accepts) {}

  const std::string& name() const override { return name_; }

  Outcome evaluate(const RouteFacts& /*facts*/,
                   bgp::PathAttributes& /*attributes*/) const override {
    return {.accepted = accepts_};
  }

  bool depends_on_prefix() const override { return false; }

  bool accepts_unchanged() const override { return accepts_; }

 private:
  std::string name_;
  bool accepts_;
};

struct Rule {
  int number = 0;  // as the operator counts: its index in the policy
  bool asks_prefix = false;
  bool asks_communities = false;
  std::vector<PrefixMatcherRef> prefixes;
  std::bitset<kSourceKinds> sources;
  CommunitySet communities;

  std::optional<std::uint32_t> local_preference;
  std::optional<std::uint32_t> med;
  CommunitySet remove;
  CommunitySet add;
  bool next_hop_self = false;
  Then then = Then::None;

  bool matches(const RouteFacts& facts, const bgp::PathAttributes& attributes) const {
    if (!sources.test(static_cast<std::size_t>(facts.source))) {
      return false;
    }
    if (asks_prefix) {
      const auto holds = [&](const PrefixMatcherRef& set) { return set->contains(facts.prefix); };
      if (std::none_of(prefixes.begin(), prefixes.end(), holds)) {
        return false;
      }
    }
    return !asks_communities || communities.any_in(attributes);
  }

  bool matches_everything() const { return !asks_prefix && !asks_communities && sources.all(); }

  bool matches_nothing() const {
    return (asks_prefix && prefixes.empty()) || (asks_communities && communities.empty());
  }

  bool changes_nothing() const {
    return !local_preference && !med && remove.empty() && add.empty() && !next_hop_self;
  }

  void apply(bgp::PathAttributes& attributes) const {
    if (local_preference) {
      attributes.local_preference = local_preference;
    }
    if (med) {
      attributes.med = med;
    }
    remove.remove_from(attributes);
    add.add_to(attributes);
  }
};

class Compiled final : public Policy {
 public:
  Compiled(std::string name, std::vector<Rule> rules)
      : name_(std::move(name)), rules_(std::move(rules)) {
    for (const Rule& rule : rules_) {
      depends_on_prefix_ = depends_on_prefix_ || rule.asks_prefix;
    }
    if (!rules_.empty()) {
      const Rule& first = rules_.front();
      accepts_unchanged_ =
          first.then == Then::Accept && first.matches_everything() && first.changes_nothing();
    }
  }

  const std::string& name() const override { return name_; }

  Outcome evaluate(const RouteFacts& facts, bgp::PathAttributes& attributes) const override {
    Outcome outcome;
    for (const Rule& rule : rules_) {
      if (!rule.matches(facts, attributes)) {
        continue;
      }
      rule.apply(attributes);
      outcome.next_hop_self = outcome.next_hop_self || rule.next_hop_self;
      if (rule.then != Then::None) {
        outcome.accepted = rule.then == Then::Accept;
        outcome.rule = rule.number;
        break;
      }
    }
    return outcome;
  }

  bool depends_on_prefix() const override { return depends_on_prefix_; }

  bool accepts_unchanged() const override { return accepts_unchanged_; }

 private:
  std::string name_;
  std::vector<Rule> rules_;
  bool depends_on_prefix_ = false;
  bool accepts_unchanged_ = false;
};

PrefixMatcherRef compile_prefixes(const std::vector<PrefixRange>& ranges) {
  auto matcher = std::make_shared<PrefixMatcher>();
  for (const PrefixRange& range : ranges) {
    matcher->add(range);
  }
  return matcher;
}

void compile_prefix_match(const MatchOptions& match, const PrefixSets& sets, Rule& rule) {
  rule.asks_prefix = !match.prefix_sets.empty() || !match.prefixes.empty();
  for (const std::string& name : match.prefix_sets) {
    if (const auto set = sets.find(name); set != sets.end() && !set->second->empty()) {
      rule.prefixes.push_back(set->second);
    }
  }
  if (PrefixMatcherRef own = compile_prefixes(match.prefixes); !own->empty()) {
    rule.prefixes.push_back(std::move(own));
  }
  const auto universal = [](const PrefixMatcherRef& set) { return set->universal(); };
  if (std::any_of(rule.prefixes.begin(), rule.prefixes.end(), universal)) {
    rule.asks_prefix = false;
    rule.prefixes.clear();
  }
}

void add_named(CommunitySet& into, const std::vector<std::string>& names, const SetOptions& sets) {
  for (const std::string& name : names) {
    if (const auto set = sets.communities.find(name); set != sets.communities.end()) {
      into.add(set->second);
    }
  }
}

Rule compile_rule(const RuleOptions& options, const SetOptions& sets, const PrefixSets& prefixes) {
  Rule rule;
  const MatchOptions& match = options.match;
  compile_prefix_match(match, prefixes, rule);
  for (const SourceKind source : match.sources) {
    rule.sources.set(static_cast<std::size_t>(source));
  }
  if (match.sources.empty()) {
    rule.sources.set();
  }
  rule.asks_communities = !match.any_community_sets.empty() || !match.any_community.empty();
  rule.communities.add(match.any_community);
  add_named(rule.communities, match.any_community_sets, sets);

  const ActionOptions& set = options.set;
  rule.local_preference = set.local_preference;
  rule.med = set.med;
  rule.remove.add(set.remove);
  add_named(rule.remove, set.remove_sets, sets);
  rule.add.add(set.add);
  rule.next_hop_self = set.next_hop_self;
  rule.then = options.then;
  return rule;
}

/// Leaves out rules that cannot match, that do nothing, and those after a rule that always decides.
std::vector<Rule> compile_rules(const std::vector<RuleOptions>& options,
                                const SetOptions& sets,
                                const PrefixSets& prefixes) {
  std::vector<Rule> rules;
  for (std::size_t i = 0; i < options.size(); ++i) {
    Rule rule = compile_rule(options[i], sets, prefixes);
    rule.number = static_cast<int>(i);
    if (rule.matches_nothing() || (rule.changes_nothing() && rule.then == Then::None)) {
      continue;
    }
    const bool last = rule.matches_everything() && rule.then != Then::None;
    rules.push_back(std::move(rule));
    if (last) {
      break;
    }
  }
  return rules;
}

}  // namespace

PolicyRef accept_all() {
  static const PolicyRef kAccept = std::make_shared<BuiltIn>("accept", true);
  return kAccept;
}

PolicyRef reject_all() {
  static const PolicyRef kReject = std::make_shared<BuiltIn>("reject", false);
  return kReject;
}

PolicyRef rfc8212_default() {
  static const PolicyRef kDefault = std::make_shared<BuiltIn>("rfc8212", false);
  return kDefault;
}

PolicyMap compile(const PolicyOptions& options) {
  PrefixSets prefixes;
  for (const auto& [name, ranges] : options.sets.prefixes) {
    prefixes.emplace(name, compile_prefixes(ranges));
  }
  PolicyMap policies{{"accept", accept_all()}, {"reject", reject_all()}};
  for (const auto& [name, rules] : options.policies) {
    policies.insert_or_assign(
        name, std::make_shared<Compiled>(name, compile_rules(rules, options.sets, prefixes)));
  }
  return policies;
}

}  // namespace pipit::policy

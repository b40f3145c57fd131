#include "policy/references.hpp"

#include <algorithm>
#include <utility>

namespace pipit::policy {
namespace {

using Visit = std::function<void(NameOf, const std::string&)>;

void visit_all(NameOf kind, const std::vector<std::string>& names, const Visit& visit) {
  for (const std::string& name : names) {
    visit(kind, name);
  }
}

void visit_match(const MatchOptions& match, const Visit& visit) {
  visit_all(NameOf::PrefixSet, match.prefix.sets, visit);
  visit_all(NameOf::PrefixSet, match.next_hop.prefix.sets, visit);
  visit_all(NameOf::PrefixOriginSet, match.prefix_origins, visit);
  visit_all(NameOf::NeighborSet, match.neighbor.sets, visit);
  visit_all(NameOf::Group, match.groups, visit);
  visit_all(NameOf::AsPathSet, match.as_path.matches.sets, visit);
  for (const AsNumberQuery* query :
       {&match.as_path.origin, &match.as_path.neighbor, &match.as_path.contains}) {
    visit_all(NameOf::AsNumberSet, query->sets, visit);
  }
  for (const CommunityQuery* query :
       {&match.communities.any, &match.communities.all, &match.communities.none}) {
    visit_all(NameOf::CommunitySet, query->sets, visit);
  }
  for (const auto* nested : {&match.any, &match.all, &match.none}) {
    for (const MatchOptions& inner : *nested) {
      visit_match(inner, visit);
    }
  }
}

void visit_actions(const ActionOptions& set, const Visit& visit) {
  visit_all(NameOf::CommunitySet, set.communities.remove.sets, visit);
  visit_all(NameOf::CommunitySet, set.communities.keep.sets, visit);
  if (set.as_path.replace) {
    visit_all(NameOf::AsNumberSet, set.as_path.replace->sets, visit);
  }
}

template <typename Map>
bool same_entry(const Map& before, const Map& after, const std::string& name) {
  const auto old = before.find(name);
  const auto now = after.find(name);
  return (old == before.end()) == (now == after.end()) &&
         (old == before.end() || old->second == now->second);
}

bool same_set(NameOf kind, const std::string& name, const SetOptions& a, const SetOptions& b) {
  switch (kind) {
    case NameOf::PrefixSet:
      return same_entry(a.prefixes, b.prefixes, name);
    case NameOf::PrefixOriginSet:
      return same_entry(a.prefix_origins, b.prefix_origins, name);
    case NameOf::CommunitySet:
      return same_entry(a.communities, b.communities, name);
    case NameOf::AsNumberSet:
      return same_entry(a.as_numbers, b.as_numbers, name);
    case NameOf::AsPathSet:
      return same_entry(a.as_paths, b.as_paths, name);
    case NameOf::NeighborSet:
      return same_entry(a.neighbors, b.neighbors, name);
    case NameOf::Group:
      return same_entry(a.groups, b.groups, name);
    case NameOf::Policy:
      break;
  }
  return true;
}

}  // namespace

void for_each_reference(const std::vector<RuleOptions>& rules, const Visit& visit) {
  for (const RuleOptions& rule : rules) {
    visit_match(rule.match, visit);
    visit_actions(rule.set, visit);
    if (rule.then == Then::Call) {
      visit(NameOf::Policy, rule.call);
    }
  }
}

KernelPlaces kernel_places(const PolicyOptions& options, std::vector<std::string> policies) {
  KernelPlaces places;
  std::set<std::string> seen;
  while (!policies.empty()) {
    const std::string name = std::move(policies.back());
    policies.pop_back();
    const auto rules = options.policies.find(name);
    if (rules == options.policies.end() || !seen.insert(name).second) {
      continue;
    }
    for (const RuleOptions& rule : rules->second) {
      if (rule.set.kernel.table) {
        places.tables.insert(*rule.set.kernel.table);
      }
      if (rule.set.kernel.metric) {
        places.metrics.insert(*rule.set.kernel.metric);
      }
      if (rule.then == Then::Call) {
        policies.push_back(rule.call);
      }
    }
  }
  return places;
}

std::set<std::string> changed_policies(const PolicyOptions& before, const PolicyOptions& after) {
  std::set<std::string> changed;
  for (const auto& [name, rules] : before.policies) {
    if (!same_entry(before.policies, after.policies, name)) {
      changed.insert(name);
    }
    for_each_reference(rules, [&, &policy = name](NameOf kind, const std::string& named) {
      if (!same_set(kind, named, before.sets, after.sets)) {
        changed.insert(policy);
      }
    });
  }
  for (const auto& [name, rules] : after.policies) {
    if (!before.policies.contains(name)) {
      changed.insert(name);
    }
  }
  // Who calls a changed one is changed, and who calls that one.
  for (std::size_t known = 0; known != changed.size();) {
    known = changed.size();
    for (const auto& [name, rules] : after.policies) {
      for_each_reference(rules, [&, &policy = name](NameOf kind, const std::string& named) {
        if (kind == NameOf::Policy && changed.contains(named)) {
          changed.insert(policy);
        }
      });
    }
  }
  return changed;
}

}  // namespace pipit::policy

#include "daemon/show/policy_view.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "policy/references.hpp"

namespace pipit::daemon {
namespace {

using UsedBy = std::map<std::string, std::vector<std::string>>;

UsedBy users_of_policies(const config::Config& config) {
  UsedBy users;
  const auto add = [&](const std::vector<std::string>& names, const std::string& user) {
    for (const std::string& name : names) {
      users[name].push_back(user);
    }
  };
  for (const config::NeighborConfig& neighbor : config.neighbors) {
    add(neighbor.routes.import_policy, neighbor.session.name + " import");
    add(neighbor.routes.export_policy, neighbor.session.name + " export");
  }
  for (const kernel::ImportRule& rule : config.kernel.imports) {
    add(rule.policy, "kernel import");
  }
  if (config.kernel.exports) {
    add(config.kernel.exports->policy, "kernel export");
  }
  for (const auto& [name, rules] : config.policies.policies) {
    std::set<std::string> called;
    policy::for_each_reference(rules, [&](policy::NameOf kind, const std::string& named) {
      if (kind == policy::NameOf::Policy && called.insert(named).second) {
        users[named].push_back("policy " + name);
      }
    });
  }
  return users;
}

/// Of each kind of set and name: the policies that name it.
std::map<policy::NameOf, UsedBy> users_of_sets(const policy::PolicyOptions& options) {
  std::map<policy::NameOf, UsedBy> users;
  for (const auto& [name, rules] : options.policies) {
    policy::for_each_reference(rules,
                               [&, &policy = name](policy::NameOf kind, const std::string& named) {
                                 std::vector<std::string>& of_set = users[kind][named];
                                 if (of_set.empty() || of_set.back() != policy) {
                                   of_set.push_back(policy);
                                 }
                               });
  }
  return users;
}

std::size_t size_of(const policy::PrefixSet& set) {
  return set.ranges.size();
}

std::size_t size_of(const policy::CommunityList& set) {
  return set.standard.size() + set.extended.size() + set.large.size() + set.patterns.size();
}

std::size_t size_of(const policy::PrefixOriginSet& set) {
  return set.pairs.size();
}

template <typename T>
std::size_t size_of(const std::vector<T>& set) {
  return set.size();
}

}  // namespace

std::vector<control::PolicyRow> policy_rows(const RunningConfig& running) {
  UsedBy users = users_of_policies(running.config);
  std::vector<control::PolicyRow> rows;
  for (const auto& [name, options] : running.config.policies.policies) {
    control::PolicyRow& row = rows.emplace_back();
    row.name = name;
    row.used_by = std::move(users[name]);
    for (policy::RuleView& rule : running.policies.find(name)->rules()) {
      control::RuleModel& model = row.rules.emplace_back();
      model.number = static_cast<std::uint32_t>(row.rules.size());
      model.match = std::move(rule.match);
      model.set = std::move(rule.set);
      model.then = std::move(rule.then);
      model.hits = rule.hits;
      model.place = std::move(rule.place);
    }
  }
  return rows;
}

std::vector<control::SetRow> set_rows(const RunningConfig& running) {
  using policy::NameOf;
  const policy::SetOptions& sets = running.config.policies.sets;
  auto users = users_of_sets(running.config.policies);
  std::vector<control::SetRow> rows;
  const auto add = [&](NameOf of, const char* kind, const auto& named) {
    for (const auto& [name, set] : named) {
      rows.push_back({.name = name,
                      .kind = kind,
                      .entries = size_of(set),
                      .file = {},
                      .used_by = std::move(users[of][name])});
    }
  };
  add(NameOf::PrefixSet, "prefixes", sets.prefixes);
  for (control::SetRow& row : rows) {
    row.file = sets.prefixes.at(row.name).file;
  }
  const std::size_t origins = rows.size();
  add(NameOf::PrefixOriginSet, "prefix-origins", sets.prefix_origins);
  for (std::size_t i = origins; i < rows.size(); ++i) {
    rows[i].file = sets.prefix_origins.at(rows[i].name).file;
  }
  add(NameOf::CommunitySet, "communities", sets.communities);
  add(NameOf::AsNumberSet, "as-numbers", sets.as_numbers);
  add(NameOf::AsPathSet, "as-paths", sets.as_paths);
  add(NameOf::NeighborSet, "neighbors", sets.neighbors);
  return rows;
}

}  // namespace pipit::daemon

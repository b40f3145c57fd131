#include "config/policy_checks.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include <fmt/format.h>

#include "policy/conditions.hpp"
#include "policy/references.hpp"

namespace pipit::config {
namespace {

using policy::NameOf;
using policy::RuleOptions;
using policy::Then;
using Policies = std::map<std::string, std::vector<RuleOptions>>;

const std::vector<Entry>& entries_at(const Node* node, std::string_view key) {
  static const std::vector<Entry> kNone;
  const Node* value = Node::value_at(node, key);
  return value == nullptr ? kNone : value->entries;
}

/// Where policies are used, with those that they call.
struct Uses {
  std::set<std::string> anywhere;
  std::set<std::string> kernel_import;
  std::set<std::string> kernel_export;
  std::set<std::string> neighbor_import;
  std::set<std::string> neighbor_export;
};

void add_with_called(const Policies& policies, const std::string& name, std::set<std::string>& to) {
  const auto rules = policies.find(name);
  if (rules == policies.end() || !to.insert(name).second) {
    return;
  }
  policy::for_each_reference(rules->second, [&](NameOf kind, const std::string& named) {
    if (kind == NameOf::Policy) {
      add_with_called(policies, named, to);
    }
  });
}

Uses uses_of(const Node& root, const Config& config) {
  Uses uses;
  const Policies& policies = config.policies.policies;
  const auto add = [&](const Node* names, std::set<std::string>* where) {
    std::vector<const Node*> all;
    if (names != nullptr && names->kind == Node::Kind::Scalar) {
      all.push_back(names);
    } else if (names != nullptr) {
      for (const NodeRef& item : names->items) {
        all.push_back(item.get());
      }
    }
    for (const Node* name : all) {
      add_with_called(policies, name->text, uses.anywhere);
      if (where != nullptr) {
        add_with_called(policies, name->text, *where);
      }
    }
  };
  for (const char* part : {"groups", "neighbors"}) {
    for (const Entry& entry : entries_at(&root, part)) {
      add(Node::value_at(entry.value.get(), "import"), &uses.neighbor_import);
      add(Node::value_at(entry.value.get(), "export"), &uses.neighbor_export);
    }
  }
  const Node* kernel = Node::value_at(&root, "kernel");
  const Node* imports = Node::value_at(kernel, "import");
  for (const NodeRef& rule : imports == nullptr ? std::vector<NodeRef>{} : imports->items) {
    add(Node::value_at(rule.get(), "policy"), &uses.kernel_import);
  }
  add(Node::value_at(Node::value_at(kernel, "export"), "policy"), &uses.kernel_export);
  const Node* tests = Node::value_at(&root, "tests");
  for (const NodeRef& test : tests == nullptr ? std::vector<NodeRef>{} : tests->items) {
    add(Node::value_at(test.get(), "policy"), nullptr);
  }
  return uses;
}

bool decides(const RuleOptions& rule) {
  return rule.then != Then::None && rule.then != Then::Call;
}

/// Rules that no route can come to.
void warn_unreachable(Reader& reader,
                      const Node& nodes,
                      const std::vector<RuleOptions>& rules,
                      const policy::CompiledSets& sets) {
  std::set<std::size_t> told;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    if (!decides(rules[i])) {
      continue;
    }
    const bool all = policy::compile_conditions(rules[i].match, sets).empty();
    for (std::size_t later = i + 1; later < rules.size(); ++later) {
      if ((all || rules[later].match == rules[i].match) && told.insert(later).second) {
        reader.report().warning(nodes.items[later]->mark,
                                fmt::format("this rule is never reached: rule {} decides about {}",
                                            i + 1, all ? "every route" : "the same routes"));
      }
    }
    if (all) {
      break;
    }
  }
}

/// What means something in one place only, in a policy that is used elsewhere only.
void warn_misplaced(Reader& reader,
                    const Node& nodes,
                    const std::string& name,
                    const std::vector<RuleOptions>& rules,
                    const Uses& uses) {
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const Node* match = Node::value_at(nodes.items[i].get(), "match");
    const bool kernel = rules[i].match.kernel != policy::KernelMatch{};
    if (kernel && uses.anywhere.contains(name) && !uses.kernel_import.contains(name)) {
      reader.report().warning(match->mark,
                              "interface, protocol, metric, type and gateway are known in policies "
                              "of kernel.import only: this never matches here");
    }
    using Kind = policy::NextHopChange::Kind;
    const auto& next_hop = rules[i].set.next_hop;
    if (next_hop && next_hop->kind == Kind::NeighborAddress &&
        uses.neighbor_export.contains(name)) {
      const Node* set = Node::value_at(nodes.items[i].get(), "set");
      reader.report().warning(Node::value_at(set, "next-hop")->mark,
                              "a neighbor takes no route whose next hop is its own address: in an "
                              "export policy this is of no use");
    }
    const bool of_export =
        next_hop && (next_hop->kind == Kind::Self || next_hop->kind == Kind::Unchanged);
    if (of_export && uses.anywhere.contains(name) && !uses.neighbor_export.contains(name)) {
      const Node* set = Node::value_at(nodes.items[i].get(), "set");
      reader.report().warning(Node::value_at(set, "next-hop")->mark,
                              "\"self\" and \"unchanged\" concern what is sent: they do nothing in "
                              "a policy that is no neighbor's export");
    }
  }
}

/// Changes of kernel routes in a policy that no kernel route goes through: the operator expects
/// routes in a table or at a metric where they would never be.
void refuse_misplaced(Reader& reader,
                      const Node& nodes,
                      const std::string& name,
                      const std::vector<RuleOptions>& rules,
                      const Uses& uses) {
  const bool elsewhere = uses.neighbor_import.contains(name) ||
                         uses.neighbor_export.contains(name) || uses.kernel_import.contains(name);
  if (!elsewhere || uses.kernel_export.contains(name)) {
    return;
  }
  for (std::size_t i = 0; i < rules.size(); ++i) {
    if (rules[i].set.kernel == policy::KernelChange{}) {
      continue;
    }
    for (const Entry& entry : entries_at(nodes.items[i].get(), "set")) {
      if (entry.key.starts_with("kernel-")) {
        reader.error(entry.mark,
                     fmt::format("\"{}\" belongs into the policy of kernel.export, and \"{}\" is "
                                 "used elsewhere only: set a tag here, and match it there",
                                 entry.key, name));
      }
    }
  }
}

void warn_unused(Reader& reader, const Node& root, const Config& config, const Uses& uses) {
  std::map<NameOf, std::set<std::string>> named;
  for (const auto& [name, rules] : config.policies.policies) {
    policy::for_each_reference(
        rules, [&](NameOf kind, const std::string& set) { named[kind].insert(set); });
  }

  struct Row {
    NameOf kind;
    const char* key;
    const char* what;
  };

  constexpr std::array<Row, 6> kSets{
      {{NameOf::PrefixSet, "prefixes", "prefix set"},
       {NameOf::PrefixOriginSet, "prefix-origins", "set of prefix origins"},
       {NameOf::CommunitySet, "communities", "community set"},
       {NameOf::AsNumberSet, "as-numbers", "set of AS numbers"},
       {NameOf::AsPathSet, "as-paths", "set of as-paths"},
       {NameOf::NeighborSet, "neighbors", "set of neighbors"}}};
  for (const Row& row : kSets) {
    for (const Entry& set : entries_at(Node::value_at(&root, "sets"), row.key)) {
      if (!named[row.kind].contains(set.key)) {
        reader.report().warning(set.mark,
                                fmt::format("no policy uses the {} \"{}\"", row.what, set.key));
      }
    }
  }
  for (const Entry& entry : entries_at(&root, "policies")) {
    if (!uses.anywhere.contains(entry.key)) {
      reader.report().warning(entry.mark, fmt::format("nobody uses the policy \"{}\"", entry.key));
    }
  }
}

}  // namespace

void check_policies(Reader& reader, const Node& root, const Config& config) {
  const Policies& policies = config.policies.policies;
  check_calls(reader, root, config);
  if (reader.report().errors() > 0) {
    return;
  }
  const Uses uses = uses_of(root, config);
  const policy::CompiledSets sets = policy::compile_sets(config.policies.sets);
  for (const Entry& entry : entries_at(&root, "policies")) {
    const std::vector<RuleOptions>& rules = policies.at(entry.key);
    warn_unreachable(reader, *entry.value, rules, sets);
    warn_misplaced(reader, *entry.value, entry.key, rules, uses);
    refuse_misplaced(reader, *entry.value, entry.key, rules, uses);
  }
  warn_unused(reader, root, config, uses);
}

bool accepts_everything(const policy::PolicyOptions& options,
                        const std::vector<std::string>& policies) {
  const auto rules =
      policies.empty() ? options.policies.end() : options.policies.find(policies.front());
  if (rules == options.policies.end()) {
    return false;
  }
  const auto first = std::find_if(rules->second.begin(), rules->second.end(),
                                  [](const RuleOptions& rule) { return rule.then != Then::None; });
  return first != rules->second.end() && first->then == Then::Accept &&
         policy::compile_conditions(first->match, policy::compile_sets(options.sets)).empty();
}

}  // namespace pipit::config

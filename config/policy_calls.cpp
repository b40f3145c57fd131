// Which policies call which: never in a circle, never too deep, and never so often that one route
// runs through more rules than a router has time for.
#include <algorithm>
#include <cstdint>
#include <map>
#include <set>

#include <fmt/format.h>

#include "config/policy_checks.hpp"

namespace pipit::config {
namespace {

using policy::RuleOptions;
using policy::Then;
using Policies = std::map<std::string, std::vector<RuleOptions>>;

/// How deep calls may nest.
constexpr std::size_t kMaxDepth = 32;
/// Rules that one route may run through, those of called policies at each of their calls.
constexpr std::uint64_t kMaxRules = 100'000;

class Calls {
 public:
  Calls(Reader& reader, const Node& root, const Policies& policies)
      : reader_(reader), nodes_(Node::value_at(&root, "policies")), policies_(policies) {}

  void check() {
    for (const auto& [name, rules] : policies_) {
      visit(name);
    }
  }

 private:
  /// What a run of a policy may come to, calls included. Of one that was reported: nothing, so that
  /// it is not reported again for each caller.
  struct Cost {
    std::uint64_t rules = 0;
    std::size_t depth = 0;
    std::string heaviest;  // the call that most of the rules come by
    std::string deepest;
  };

  const Cost& visit(const std::string& name) {
    const auto [at, fresh] = costs_.try_emplace(name);
    Cost& cost = at->second;
    const auto rules = policies_.find(name);
    if (!fresh || rules == policies_.end()) {
      return cost;
    }
    way_.push_back(name);
    Cost sum{.rules = rules->second.size(), .depth = 1, .heaviest = {}, .deepest = {}};
    std::uint64_t most = 0;
    bool good = true;
    for (std::size_t i = 0; good && i < rules->second.size(); ++i) {
      if (rules->second[i].then == Then::Call) {
        good = add_call(rules->second[i].call, call_at(name, i), sum, most);
      }
    }
    way_.pop_back();
    if (good) {
      cost = std::move(sum);
    }
    return cost;
  }

  /// Adds what a call comes to. False: that was too much, and has been reported.
  bool add_call(const std::string& called, const Mark& mark, Cost& sum, std::uint64_t& most) {
    if (const auto seen = std::find(way_.begin(), way_.end(), called); seen != way_.end()) {
      reader_.error(mark, fmt::format("policies call one another in a circle: {} -> {}",
                                      fmt::join(seen, way_.end(), " -> "), called));
      return true;
    }
    if (way_.size() > kMaxDepth) {  // deeper is not even looked at
      reader_.error(mark, too_deep(fmt::format("{}", fmt::join(way_, " -> ")), called));
      return false;
    }
    const Cost& cost = visit(called);
    if (cost.depth >= sum.depth) {
      sum.depth = cost.depth + 1;
      sum.deepest = called;
    }
    if (cost.rules > most) {
      most = cost.rules;
      sum.heaviest = called;
    }
    sum.rules += cost.rules;
    if (sum.depth > kMaxDepth + 1) {  // so many calls, and the policy that begins
      reader_.error(mark, too_deep(way_.back(), chain(called, &Cost::deepest)));
      return false;
    }
    if (sum.rules > kMaxRules) {
      reader_.error(
          mark, fmt::format("with this call one route may run through {} rules, more than {}: {} "
                            "-> {}",
                            sum.rules, kMaxRules, way_.back(), chain(called, &Cost::heaviest)));
      return false;
    }
    return true;
  }

  static std::string too_deep(const std::string& from, const std::string& to) {
    return fmt::format("calls nest more than {} levels deep: {} -> {}", kMaxDepth, from, to);
  }

  /// A policy and those that follow it in the worst case.
  std::string chain(std::string name, std::string Cost::* next) const {
    std::string text;
    while (!name.empty()) {
      text += (text.empty() ? "" : " -> ") + name;
      const auto at = costs_.find(name);
      name = at == costs_.end() ? std::string() : at->second.*next;
    }
    return text;
  }

  Mark call_at(const std::string& name, std::size_t rule) const {
    const Node* nodes = Node::value_at(nodes_, name);
    return Node::value_at(Node::value_at(nodes->items[rule].get(), "then"), "call")->mark;
  }

  Reader& reader_;
  const Node* nodes_;
  const Policies& policies_;
  std::vector<std::string> way_;
  std::map<std::string, Cost> costs_;
};

}  // namespace

void check_calls(Reader& reader, const Node& root, const Config& config) {
  Calls(reader, root, config.policies.policies).check();
}

}  // namespace pipit::config

// A policy for tests of import: what it says is a function.
#pragma once

#include <functional>
#include <string>
#include <utility>

#include "policy/policy.hpp"

namespace pipit::rib {

/// Counts how often it ran.
class FunctionPolicy final : public policy::Policy {
 public:
  using Rule = std::function<bool(const policy::RouteFacts&, bgp::PathAttributes&)>;

  FunctionPolicy(Rule rule, bool by_prefix) : rule_(std::move(rule)), by_prefix_(by_prefix) {}

  const std::string& name() const override { return name_; }

  policy::Outcome evaluate(const policy::RouteFacts& facts,
                           bgp::PathAttributes& attributes,
                           policy::Tracer* /*tracer*/) const override {
    ++runs_;
    return {.accepted = rule_(facts, attributes)};
  }

  policy::Needs needs() const override { return {.prefix = by_prefix_}; }

  bool accepts_unchanged() const override { return false; }

  int runs() const { return runs_; }

 private:
  std::string name_ = "test";
  Rule rule_;
  bool by_prefix_;
  mutable int runs_ = 0;
};

}  // namespace pipit::rib

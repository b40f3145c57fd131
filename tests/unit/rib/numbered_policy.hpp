// A policy whose outcome follows from numbers, for tests that make many of them.
#pragma once

#include <string>

#include "policy/policy.hpp"

namespace pipit::rib {

/// Rejects some prefixes and marks others, as its numbers say; may ask for the way to next hops.
class NumberedPolicy final : public policy::Policy {
 public:
  NumberedPolicy(unsigned rejects, unsigned marks, bool by_prefix, bool asks = false)
      : rejects_(rejects), marks_(marks), by_prefix_(by_prefix), asks_(asks) {}

  const std::string& name() const override { return name_; }

  policy::Outcome evaluate(const policy::RouteFacts& facts,
                           bgp::PathAttributes& attributes,
                           policy::Tracer* /*tracer*/) const override {
    unsigned number = by_prefix_ ? facts.prefix.address().octets()[2] : attributes.med.value_or(0);
    if (asks_ && (attributes.next_hop.is_unspecified() ||
                  facts.next_hops->cost(attributes.next_hop, facts.interface_index))) {
      ++number;
    }
    if (number % 4 == rejects_) {
      return {.accepted = false};
    }
    if (number % 4 == marks_) {
      attributes.local_preference = 100 + marks_;
      attributes.med = marks_;
    }
    return {.accepted = true};
  }

  policy::Needs needs() const override { return {.prefix = by_prefix_, .next_hop = asks_}; }

  bool accepts_unchanged() const override { return false; }

 private:
  std::string name_ = "numbered";
  unsigned rejects_;
  unsigned marks_;
  bool by_prefix_;
  bool asks_;
};

}  // namespace pipit::rib

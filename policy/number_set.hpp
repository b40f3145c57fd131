// A set of numbers, compiled out of ranges for lookup by bisection.
//
// Built by policy compilation, read by conditions on AS numbers, lengths, MED and the like.
#pragma once

#include <cstdint>

#include "policy/options.hpp"

namespace pipit::policy {

class NumberSet {
 public:
  NumberSet() = default;

  explicit NumberSet(const NumberRanges& ranges) { add(ranges); }

  void add(const NumberRanges& ranges);

  /// Every 32-bit number that is not in the set.
  NumberSet complement() const;

  bool contains(std::uint32_t number) const;

  bool empty() const { return ranges_.empty(); }

  bool universal() const;

 private:
  NumberRanges ranges_;  // ascending, with gaps between them
};

/// What a query names and lists.
NumberSet as_number_set(const AsNumberQuery& query, const SetOptions& sets);

}  // namespace pipit::policy

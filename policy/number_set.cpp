#include "policy/number_set.hpp"

#include <algorithm>
#include <limits>

namespace pipit::policy {
namespace {}  // namespace

void NumberSet::add(const NumberRanges& ranges) {
  ranges_.insert(ranges_.end(), ranges.begin(), ranges.end());
  std::sort(ranges_.begin(), ranges_.end());
  NumberRanges merged;
  for (const NumberRange& range : ranges_) {
    const bool joins = !merged.empty() && (merged.back().high == NumberRange::kHighest ||
                                           range.low <= merged.back().high + 1);
    if (joins) {
      merged.back().high = std::max(merged.back().high, range.high);
    } else {
      merged.push_back(range);
    }
  }
  ranges_ = std::move(merged);
}

NumberSet NumberSet::complement() const {
  NumberSet rest;
  std::uint64_t low = 0;
  for (const NumberRange& range : ranges_) {
    if (range.low > low) {
      rest.ranges_.push_back({static_cast<std::uint32_t>(low), range.low - 1});
    }
    low = std::uint64_t{range.high} + 1;
  }
  if (low <= NumberRange::kHighest) {
    rest.ranges_.push_back({static_cast<std::uint32_t>(low), NumberRange::kHighest});
  }
  return rest;
}

bool NumberSet::contains(std::uint32_t number) const {
  const auto after = std::upper_bound(
      ranges_.begin(), ranges_.end(), number,
      [](std::uint32_t wanted, const NumberRange& range) { return wanted < range.low; });
  return after != ranges_.begin() && std::prev(after)->contains(number);
}

bool NumberSet::universal() const {
  return ranges_.size() == 1 && ranges_.front() == NumberRange{0, NumberRange::kHighest};
}

NumberSet as_number_set(const AsNumberQuery& query, const SetOptions& sets) {
  NumberSet all(query.numbers);
  for (const std::string& name : query.sets) {
    if (const auto set = sets.as_numbers.find(name); set != sets.as_numbers.end()) {
      all.add(set->second);
    }
  }
  return all;
}

}  // namespace pipit::policy

#include "rib/table/attribute_walk.hpp"

#include <algorithm>
#include <utility>

namespace pipit::rib {

void AttributeWalk::search(const std::vector<NextHopKey>& changed) {
  for (const NextHopKey& key : changed) {
    const std::uint32_t index = next_hops_.track(key);
    if (index >= indices_.size()) {
      indices_.resize(index + std::size_t{1});
    }
    indices_.set(index);
    addresses_.push_back(key.address);
  }
  std::ranges::sort(addresses_);
  const auto twice = std::ranges::unique(addresses_);
  addresses_.erase(twice.begin(), twice.end());
  found_.resize(std::max(found_.size(), attributes_.capacity()));
  search_at_ = 1;
  search_ended_ = false;
}

void AttributeWalk::collect() {
  if (collect_at_ == 0) {
    next_hops_.begin_collection();
    collect_at_ = 1;
  }
}

void AttributeWalk::run(std::size_t budget) {
  if (search_at_ != 0) {
    budget = run_search(budget);
  }
  // Only when no search runs: it names next hops by indices that the collection frees.
  if (collect_at_ != 0 && search_at_ == 0) {
    run_collection(budget);
  }
}

/// A link-local next hop means another one for each source, so that its records name none.
bool AttributeWalk::concerned(AttributeHandle handle) const {
  const std::uint32_t index = attributes_.next_hop_index(handle);
  if (index != kScopedNextHop) {
    return index < indices_.size() && indices_.test(index);
  }
  return std::ranges::binary_search(addresses_, attributes_.view(handle).next_hop);
}

std::size_t AttributeWalk::run_search(std::size_t budget) {
  const std::size_t last = std::min(found_.size(), attributes_.capacity());
  for (; search_at_ < last && budget > 0; ++search_at_, --budget) {
    const auto handle = static_cast<AttributeHandle>(search_at_);
    if (attributes_.contains(handle) && concerned(handle)) {
      found_.set(search_at_);
    }
  }
  if (search_at_ >= last) {
    search_at_ = 0;
    search_ended_ = true;
    addresses_.clear();
    indices_.clear();
  }
  return budget;
}

void AttributeWalk::run_collection(std::size_t budget) {
  for (; collect_at_ < attributes_.capacity(); ++collect_at_, --budget) {
    if (budget == 0) {
      return;
    }
    const auto handle = static_cast<AttributeHandle>(collect_at_);
    if (attributes_.contains(handle)) {
      next_hops_.keep(attributes_.next_hop_index(handle));
    }
  }
  if (!next_hops_.collect(budget)) {
    collect_at_ = 0;
    collected_ = true;
  }
}

std::optional<HandleSet> AttributeWalk::take_found() {
  if (!std::exchange(search_ended_, false)) {
    return std::nullopt;
  }
  HandleSet found = std::exchange(found_, {});
  return found.any() ? std::optional(std::move(found)) : std::nullopt;
}

bool AttributeWalk::take_collected() {
  return std::exchange(collected_, false);
}

}  // namespace pipit::rib

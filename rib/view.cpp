#include "rib/view.hpp"

#include <algorithm>

namespace pipit::rib {

namespace {

bool has_paths(const Table& table, DestinationId id) {
  if (!table.destinations().contains(id)) {
    return false;
  }
  for (std::uint32_t slot = table.destinations()[id].first_path; slot != kNoSlot;
       slot = table.path(slot).next) {
    if (!table.is_void(table.path(slot))) {
      return true;
    }
  }
  return false;
}

}  // namespace

void paths_of(const Table& table,
              DestinationId destination,
              std::vector<PathView>& paths,
              VoidPaths void_paths) {
  if (!table.destinations().contains(destination)) {
    return;
  }
  const net::RouteKey key = table.key(destination);
  for (std::uint32_t slot = table.destinations()[destination].first_path; slot != kNoSlot;) {
    const std::uint32_t here = slot;
    const Path& one = table.path(slot);
    slot = one.next;
    const bool is_void = table.is_void(one);
    if (is_void && void_paths == VoidPaths::Skip) {
      continue;
    }
    paths.push_back(
        {.destination = destination,
         .key = key,
         .slot = here,
         .source = one.source,
         .path_id = one.path_id,
         .received = one.received,
         .accepted = one.accepted,
         .best = one.selected && one.reason == Reason::None,
         .multipath = one.selected,
         .eligible = !is_void && one.accepted != AttributeHandle::None && !ineligible(one.reason),
         .stale = table.is_stale(one),
         .is_void = is_void,
         .reason = one.reason,
         .changed_at = one.changed_at});
  }
}

std::optional<Comparison> comparison(std::span<const Candidate> candidates,
                                     std::uint32_t slot,
                                     std::uint32_t now) {
  const auto lost = std::ranges::find(candidates, slot, &Candidate::path);
  if (lost == candidates.end()) {
    return std::nullopt;
  }
  const DecisionStep* const step = decision_step(lost->lost);
  const auto better = std::ranges::find(candidates, lost->lost_to, &Candidate::path);
  if (step == nullptr || better == candidates.end()) {
    return std::nullopt;
  }
  return Comparison{step->reason, step->value(*lost, now), step->value(*better, now),
                    better->source};
}

std::optional<DestinationId> find(const Table& table, const net::RouteKey& key) {
  if (key.family != table.family()) {
    return std::nullopt;
  }
  const DestinationId id = table.destinations().find(key);
  return has_paths(table, id) ? std::optional(id) : std::nullopt;
}

std::optional<DestinationId> route_for(const Table& table, const net::IpAddress& address) {
  int length = address.bits();
  while (length >= 0) {
    const DestinationId id =
        table.destinations().longest_match(address, static_cast<std::uint8_t>(length));
    if (id == kNoDestination) {
      break;
    }
    if (table.best(id)) {
      return id;
    }
    length = table.destinations()[id].length - 1;
  }
  return std::nullopt;
}

std::vector<DestinationId> covering(const Table& table, const net::RouteKey& key) {
  std::vector<DestinationId> found;
  int length = key.prefix.length();
  while (length >= 0) {
    const DestinationId id = table.destinations().longest_match(
        key.prefix.address(), static_cast<std::uint8_t>(length), key.distinguisher);
    if (id == kNoDestination) {
      break;
    }
    if (has_paths(table, id)) {
      found.push_back(id);
    }
    length = table.destinations()[id].length - 1;
  }
  return found;
}

bool TableCursor::next(std::size_t budget, std::vector<DestinationId>& found) {
  for (; budget > 0 && position_ < table_.capacity(); --budget, ++position_) {
    const DestinationId id{position_};
    if (has_paths(table_, id) && (!within_ || within_->contains(table_.prefix(id)))) {
      found.push_back(id);
    }
  }
  return position_ < table_.capacity();
}

}  // namespace pipit::rib

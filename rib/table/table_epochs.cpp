// The epochs of the sources in a table: sessions that go down, refreshes, and the sweep after them.
#include "rib/table/table.hpp"

namespace pipit::rib {
namespace {

/// Refreshes of a source that may begin within one sweep. A neighbor that sends marks of refreshes
/// without pause would use the epochs up else, and the whole table would be swept at once.
constexpr std::uint8_t kMaxRefreshes = 200;

}  // namespace

void Table::clear(SourceId source) {
  SourceState& of_source = state(source);
  SourceCounters& all = counters(source);
  void_paths_ += all.received;
  all = {};
  advance_epoch(source);
  of_source.floor = of_source.epoch;
  of_source.refreshing = false;
}

void Table::begin_refresh(SourceId source) {
  SourceState& of_source = state(source);
  const auto open = static_cast<std::uint8_t>(of_source.epoch - of_source.oldest);
  if (of_source.stored != 0 && open >= kMaxRefreshes) {
    return;  // before the next sweep ends, what it announces again is simply announced again
  }
  advance_epoch(source);
  of_source.refreshing = true;
}

void Table::end_refresh(SourceId source) {
  SourceState& of_source = state(source);
  if (!of_source.refreshing) {
    return;
  }
  SourceCounters& all = counters(source);
  void_paths_ += all.received - of_source.fresh.received;
  all = of_source.fresh;
  of_source.floor = of_source.epoch;
  of_source.refreshing = false;
}

bool Table::refreshing(SourceId source) const {
  return source < states_.size() && states_[source].refreshing;
}

bool Table::empty_of(SourceId source) const {
  return source >= states_.size() || states_[source].stored == 0;
}

/// Epochs are 8 bits: before they would come round to one that paths still have, those paths are
/// dealt with at once. That takes 250 flaps or refreshes within one sweep.
void Table::advance_epoch(SourceId source) {
  SourceState& of_source = state(source);
  if (of_source.stored == 0) {
    of_source.oldest = of_source.floor = of_source.epoch;
  }
  if (static_cast<std::uint8_t>(of_source.epoch - of_source.oldest) >= 250) {
    sweep_everything(source);
  }
  ++of_source.epoch;
  of_source.fresh = {};
}

/// Frees all void paths, and makes all stale ones of the source equally old.
void Table::sweep_everything(SourceId source) {
  SourceState& of_source = states_[source];
  const auto previous = static_cast<std::uint8_t>(of_source.epoch - 1);
  for (std::uint32_t id = 0; id < destinations_.capacity(); ++id) {
    if (!destinations_.contains(DestinationId{id})) {
      continue;
    }
    sweep(DestinationId{id});
    if (!destinations_.contains(DestinationId{id})) {
      continue;
    }
    for (std::uint32_t slot = destinations_[DestinationId{id}].first_path; slot != kNoSlot;) {
      Path& one = mutable_path(slot);
      if (one.source == source && one.epoch != of_source.epoch) {
        one.epoch = previous;
      }
      slot = one.next;
    }
  }
  of_source.floor = of_source.floor == of_source.epoch ? of_source.epoch : previous;
  of_source.oldest = of_source.floor;
  of_source.sweep_floor = of_source.floor;
}

void Table::begin_sweep() {
  for (SourceState& of_source : states_) {
    of_source.sweep_floor = of_source.floor;
  }
}

void Table::end_sweep() {
  for (SourceState& of_source : states_) {
    of_source.oldest = of_source.sweep_floor;
  }
}

std::size_t Table::sweep(DestinationId destination) {
  std::size_t seen = 0;
  std::uint32_t slot = destinations_[destination].first_path;
  while (slot != kNoSlot) {
    const std::uint32_t next = path(slot).next;
    if (is_void(path(slot))) {
      remove_path(destination, slot);
    }
    slot = next;
    ++seen;
  }
  return seen;
}

}  // namespace pipit::rib

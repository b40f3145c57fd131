#include "rib/table/table.hpp"

#include <new>

#include "net/footprint.hpp"

namespace pipit::rib {

namespace {

constexpr std::uint32_t kMaxPaths = 0xffff0000;

}  // namespace

Table::Table(net::Family family, const TableContext& context)
    : family_(family),
      family_index_(*net::family_index(family)),
      attributes_(context.attributes),
      sources_(context.sources),
      next_hops_(context.next_hops),
      options_(context.options),
      destinations_(family, context.seed),
      paths_(sizeof(Path), kMaxPaths),
      journal_(destinations_) {
  journal_.on_floor([this](Sequence floor) {
    if (free_left(floor) && freeing_listener_) {
      freeing_listener_();
    }
  });
}

Table::~Table() {
  for (std::uint32_t id = 0; id < destinations_.capacity(); ++id) {
    if (destinations_.contains(DestinationId{id})) {
      const Destination& row = destinations_[DestinationId{id}];
      attributes_.release(row.best);
      for (std::uint32_t slot = row.first_path; slot != kNoSlot; slot = path(slot).next) {
        release_references(path(slot));
      }
    }
  }
}

Table::SourceState& Table::state(SourceId source) {
  if (source >= states_.size()) {
    states_.resize(source + std::size_t{1});
  }
  return states_[source];
}

bool Table::is_void(const Path& path) const {
  const SourceState& state = states_[path.source];
  return static_cast<std::uint8_t>(state.epoch - path.epoch) >
         static_cast<std::uint8_t>(state.epoch - state.floor);
}

bool Table::is_stale(const Path& path) const {
  return path.epoch != states_[path.source].epoch && !is_void(path);
}

/// Adds a path that is not void to its source's counters, or takes it from them.
void Table::count(const Path& path, int by) {
  const auto change = static_cast<std::uint32_t>(by);
  const std::uint32_t accepted = path.accepted != AttributeHandle::None ? change : 0;
  SourceCounters& all = counters(path.source);
  all.received += change;
  all.accepted += accepted;
  SourceState& of_source = states_[path.source];
  if (path.epoch == of_source.epoch) {
    of_source.fresh.received += change;
    of_source.fresh.accepted += accepted;
  }
}

std::uint32_t Table::find_path(const Destination& row,
                               SourceId source,
                               std::uint32_t path_id) const {
  std::uint32_t slot = row.first_path;
  while (slot != kNoSlot) {
    const Path& one = path(slot);
    if (one.source == source && one.path_id == path_id) {
      break;
    }
    slot = one.next;
  }
  return slot;
}

bool Table::put(const Key& key, const ImportedPath& imported) {
  const DestinationId id = destinations_.insert(key);
  if (id == kNoDestination) {
    return false;
  }
  Destination& row = destinations_[id];
  stop_leaving(row);
  const std::uint32_t found = find_path(row, imported.source, imported.path_id);
  if (found != kNoSlot) {
    replace_path(id, mutable_path(found), imported);
    return true;
  }
  const std::uint32_t made = add_path(row, imported);
  if (made == kNoSlot) {
    settle_empty(id);
    return false;
  }
  if (imported.accepted != AttributeHandle::None) {
    mark_dirty(id);
  }
  return true;
}

std::uint32_t Table::add_path(Destination& row, const ImportedPath& imported) {
  const std::uint32_t slot = paths_.allocate();
  if (slot == kNoSlot) {
    return kNoSlot;
  }
  SourceState& of_source = state(imported.source);
  Path& made = *new (paths_.at(slot)) Path{.received = imported.received,
                                           .accepted = imported.accepted,
                                           .path_id = imported.path_id,
                                           .changed_at = imported.now,
                                           .source = imported.source,
                                           .epoch = of_source.epoch,
                                           .reason = imported.reason};
  // Behind the first: that one is the best as long as nothing else has been decided.
  std::uint32_t& link =
      row.first_path == kNoSlot ? row.first_path : mutable_path(row.first_path).next;
  made.next = link;
  link = slot;
  attributes_.acquire(made.received);
  attributes_.acquire(made.accepted);
  ++of_source.stored;
  count(made, 1);
  return slot;
}

void Table::replace_path(DestinationId id, Path& path, const ImportedPath& imported) {
  SourceState& of_source = state(imported.source);
  const bool was_void = is_void(path);
  const bool same = path.received == imported.received && path.accepted == imported.accepted &&
                    (path.accepted != AttributeHandle::None || path.reason == imported.reason);
  if (was_void) {
    --void_paths_;
  } else {
    count(path, -1);
  }
  if (!same) {
    const bool matters =
        path.accepted != AttributeHandle::None || imported.accepted != AttributeHandle::None;
    note_loss(destinations_[id], path);
    attributes_.acquire(imported.received);
    attributes_.acquire(imported.accepted);
    release_references(path);
    path.received = imported.received;
    path.accepted = imported.accepted;
    path.reason = imported.reason;
    if (matters) {
      mark_dirty(id);
    }
  }
  if (!same || was_void) {
    path.changed_at = imported.now;
  }
  if (was_void && path.accepted != AttributeHandle::None) {
    mark_dirty(id);
  }
  path.epoch = of_source.epoch;
  count(path, 1);
}

void Table::withdraw(const Key& key, SourceId source, std::uint32_t path_id) {
  const DestinationId id = destinations_.find(key);
  if (id == kNoDestination) {
    return;
  }
  const std::uint32_t slot = find_path(destinations_[id], source, path_id);
  if (slot != kNoSlot) {
    remove_path(id, slot);
  }
}

/// A member of the published set goes or changes. Of the best path the decision process notices by
/// itself.
void Table::note_loss(Destination& row, const Path& path) {
  if (path.selected && (path.accepted != row.best || path.source != row.best_source)) {
    row.publish = true;
  }
}

void Table::release_references(const Path& path) {
  if (path.received == path.accepted) {
    attributes_.release(path.received, 2);
  } else {
    attributes_.release(path.received);
    attributes_.release(path.accepted);
  }
}

void Table::remove_path(DestinationId id, std::uint32_t slot) {
  Destination& row = destinations_[id];
  std::uint32_t* link = &row.first_path;
  while (*link != slot) {
    link = &mutable_path(*link).next;
  }
  Path& gone = mutable_path(slot);
  *link = gone.next;
  if (is_void(gone)) {
    --void_paths_;
  } else {
    count(gone, -1);
  }
  --states_[gone.source].stored;
  note_loss(row, gone);
  const bool matters = gone.accepted != AttributeHandle::None;
  release_references(gone);
  paths_.free(slot);
  if (matters) {
    mark_dirty(id);
  } else if (row.first_path == kNoSlot && !row.dirty) {
    settle_empty(id);
  }
}

void Table::reimport(DestinationId destination,
                     std::uint32_t slot,
                     AttributeHandle accepted,
                     Reason reason,
                     std::uint32_t now) {
  Path& path = mutable_path(slot);
  const bool refused = accepted == AttributeHandle::None;
  if (path.accepted == accepted) {
    path.reason = refused ? reason : path.reason;
    return;
  }
  count(path, -1);
  note_loss(destinations_[destination], path);
  attributes_.acquire(accepted);
  attributes_.release(path.accepted);
  path.accepted = accepted;
  path.reason = reason;
  path.changed_at = now;
  count(path, 1);
  mark_dirty(destination);
}

std::size_t Table::queue_memory() const {
  return net::footprint(dirty_) + net::footprint(leaving_) + net::footprint(states_);
}

void Table::mark_dirty(DestinationId destination, bool publish) {
  Destination& row = destinations_[destination];
  row.publish = row.publish || publish;
  if (!row.dirty) {
    row.dirty = true;
    dirty_.push_back(destination);
  }
}

std::optional<BestPath> Table::best(DestinationId destination) const {
  if (!destinations_.contains(destination)) {
    return std::nullopt;
  }
  const Destination& row = destinations_[destination];
  if (row.best == AttributeHandle::None) {
    return std::nullopt;
  }
  return BestPath{row.best, row.best_source};
}

void Table::multipath(DestinationId destination, std::vector<BestPath>& paths) const {
  const std::optional<BestPath> first = best(destination);
  if (!first) {
    return;
  }
  paths.push_back(*first);
  bool found_first = false;
  const Destination& row = destinations_[destination];
  for (std::uint32_t slot = row.first_path; slot != kNoSlot; slot = path(slot).next) {
    const Path& member = path(slot);
    if (!member.selected || member.accepted == AttributeHandle::None || is_void(member)) {
      continue;
    }
    if (!found_first && member.accepted == first->attributes && member.source == first->source) {
      found_first = true;
      continue;
    }
    paths.push_back({member.accepted, member.source});
  }
}

Sequence Table::last_change(DestinationId destination) const {
  return destinations_.contains(destination) ? destinations_[destination].last_change() : 0;
}

}  // namespace pipit::rib

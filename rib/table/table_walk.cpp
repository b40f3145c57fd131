#include "rib/table/table_walk.hpp"

#include <algorithm>

namespace pipit::rib {

void TableWalk::request_reimport(SourceId source) {
  if (next_.sources.size() <= source) {
    next_.sources.resize(source + std::size_t{1});
  }
  next_.sources[source] = true;
}

void TableWalk::request_decision(const HandleSet& handles) {
  const std::size_t size = std::max(next_.handles.size(), handles.size());
  next_.handles.resize(size);
  HandleSet more = handles;
  more.resize(size);
  next_.handles |= more;
}

void TableWalk::begin() {
  now_ = std::move(next_);
  next_ = {};
  position_ = 0;
  running_ = true;
  if (now_.sweep) {
    table_.begin_sweep();
  }
}

void TableWalk::finish() {
  running_ = false;
  if (now_.sweep) {
    table_.end_sweep();
  }
  now_ = {};
}

bool TableWalk::sweep_only() const {
  return !now_.everything && now_.sources.empty() && now_.handles.empty();
}

bool TableWalk::run(std::size_t budget, std::uint32_t now) {
  std::size_t spent = 0;
  while (spent < budget) {
    if (!running_) {
      if (next_.empty()) {
        return false;
      }
      begin();
    }
    if (position_ >= table_.capacity() || (sweep_only() && table_.void_paths() == 0)) {
      finish();
      continue;
    }
    const DestinationId id{position_++};
    ++spent;
    if (table_.destinations().contains(id)) {
      spent += visit(id, now);
    }
  }
  return true;
}

std::size_t TableWalk::visit(DestinationId id, std::uint32_t now) {
  std::size_t cost = 0;
  if (now_.sweep && table_.void_paths() != 0) {
    const std::size_t before = table_.void_paths();
    cost = table_.sweep(id);
    cost += kSweepCost * (before - table_.void_paths());
    if (!table_.destinations().contains(id)) {
      return cost;
    }
  }
  if (!now_.sources.empty()) {
    cost += reimport(id, now);
  }
  if (now_.everything || !now_.handles.empty()) {
    cost += decide(id);
  }
  return cost;
}

std::size_t TableWalk::reimport(DestinationId id, std::uint32_t now) {
  std::size_t cost = 0;
  AttributeStore& store = importer_.attributes();
  std::uint32_t slot = table_.destinations()[id].first_path;
  while (slot != kNoSlot) {
    const Path& path = table_.path(slot);
    if (path.source < now_.sources.size() && now_.sources[path.source] && !table_.is_void(path)) {
      const Importer::Result result =
          importer_.import(path.source, path.received, table_.key(id), {.routes = 1});
      table_.reimport(id, slot, result.accepted, result.reason, now);
      store.release(result.accepted);
      cost += kImportCost;
    }
    slot = path.next;
  }
  return cost;
}

std::size_t TableWalk::decide(DestinationId id) {
  std::size_t cost = 0;
  std::uint32_t slot = table_.destinations()[id].first_path;
  bool concerned = now_.everything && slot != kNoSlot;
  bool published = false;
  for (; slot != kNoSlot && !now_.handles.empty(); slot = table_.path(slot).next) {
    const Path& path = table_.path(slot);
    const auto handle = static_cast<std::size_t>(path.accepted);
    if (handle < now_.handles.size() && now_.handles[handle]) {
      concerned = true;
      published = published || path.selected;
    }
    ++cost;
  }
  if (concerned) {
    table_.mark_dirty(id, published);
  }
  return cost;
}

}  // namespace pipit::rib

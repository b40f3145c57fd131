#include "rib/table_walk.hpp"

namespace pipit::rib {

void TableWalk::request_reimport(SourceId source) {
  if (next_.sources.size() <= source) {
    next_.sources.resize(source + std::size_t{1});
  }
  next_.sources[source] = true;
}

void TableWalk::request_decision(const std::vector<bool>& handles) {
  if (next_.handles.size() < handles.size()) {
    next_.handles.resize(handles.size());
  }
  for (std::size_t i = 0; i < handles.size(); ++i) {
    next_.handles[i] = next_.handles[i] || handles[i];
  }
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
    cost = kSweepCost * table_.sweep(id);
    if (!table_.destinations().contains(id)) {
      return cost;
    }
  }
  if (!now_.sources.empty()) {
    cost += reimport(id, now);
  }
  if (now_.everything || !now_.handles.empty()) {
    decide(id);
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
          importer_.import(path.source, path.received, table_.prefix(id), {.routes = 1});
      table_.reimport(id, slot, result.accepted, result.reason, now);
      store.release(result.accepted);
      cost += kImportCost;
    }
    slot = path.next;
  }
  return cost;
}

void TableWalk::decide(DestinationId id) {
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
  }
  if (concerned) {
    table_.mark_dirty(id, published);
  }
}

}  // namespace pipit::rib

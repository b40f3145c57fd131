#include "rib/table/source.hpp"

namespace pipit::rib {

Sources::Sources() {
  const auto built_in = [this](const char* name, policy::SourceKind kind) {
    sources_.push_back({.name = name, .kind = kind, .established = true});
    used_.push_back(true);
  };
  built_in("originate", policy::SourceKind::Originate);
  built_in("kernel", policy::SourceKind::Kernel);
  built_in("kernel", policy::SourceKind::Connected);
}

SourceId Sources::add(Source source) {
  // The id that has been free for longest, so that whoever still remembers a source that went does
  // not soon take another for it.
  if (sources_.size() < kNoSource && free_.size() < kReuseDistance) {
    sources_.push_back(std::move(source));
    used_.push_back(true);
    return static_cast<SourceId>(sources_.size() - 1);
  }
  if (free_.empty()) {
    return kNoSource;
  }
  const SourceId id = free_.front();
  free_.pop_front();
  sources_[id] = std::move(source);
  used_[id] = true;
  return id;
}

void Sources::remove(SourceId id) {
  if (!in_use(id) || id < kFirstNeighborSource) {
    return;
  }
  // What export asks of a source stays until its id is used again: what was sent of its routes is
  // still to be compared with what takes their place.
  Source& source = sources_[id];
  source.established = false;
  source.import_policy.reset();
  source.counters = {};
  used_[id] = false;
  free_.push_back(id);
}

void Sources::extend(const Sources& other) {
  for (std::size_t id = sources_.size(); id < other.sources_.size(); ++id) {
    sources_.push_back(other.sources_[id]);
    used_.push_back(other.used_[id]);
  }
}

}  // namespace pipit::rib

#include "rib/preview.hpp"

#include <algorithm>
#include <utility>

namespace pipit::rib {
namespace {

std::size_t place_of(RouteChange change) {
  return static_cast<std::size_t>(change);
}

/// The time of paths that come later than all that are there.
constexpr std::uint32_t kLater = 1;

}  // namespace

void Preview::describe_sources() {
  described_.resize(sources_.size());
  for (std::size_t i = 0; i < input_.neighbors.size(); ++i) {
    const PreviewNeighbor& neighbor = input_.neighbors[i];
    has_down_ = has_down_ || neighbor.session == PreviewSession::Returns;
    if (neighbor.source == kNoSource) {
      continue;
    }
    by_source_.resize(std::max<std::size_t>(by_source_.size(), neighbor.source + std::size_t{1}));
    by_source_[neighbor.source] = static_cast<std::uint32_t>(i + 1);
    if (neighbor.imports) {
      sources_[neighbor.source] = *neighbor.imports;
      described_[neighbor.source] = true;
    }
  }
}

const PreviewNeighbor* Preview::of_source(SourceId source) const {
  const std::uint32_t index = source < by_source_.size() ? by_source_[source] : 0;
  return index == 0 ? nullptr : &input_.neighbors[index - 1];
}

bool Preview::run(std::size_t budget, const Visit& visit) {
  ++batch_;                         // handles may have changed their meaning since the last one
  sources_.extend(rib_.sources());  // neighbors may have come back as another source
  described_.resize(sources_.size());
  for (; budget > 0 && family_ < net::kFamilyCount; --budget) {
    const Table& table = rib_.table(net::kFamilies[family_]);
    if (position_ >= table.capacity()) {
      position_ = 0;
      ++family_;
      continue;
    }
    const DestinationId id{position_++};
    if (table.destinations().contains(id)) {
      look_at(table, id, visit);
    }
  }
  // Routes of our own to what is no destination yet.
  auto next = originated_ ? input_.originate.upper_bound(*originated_) : input_.originate.begin();
  for (; budget > 0 && next != input_.originate.end(); --budget, ++next) {
    const net::RouteKey& key = next->first;
    if (next->second && rib_.table(key.family).find(key) == kNoDestination) {
      look_at_new(key, visit);
    }
    originated_ = key;
  }
  if (budget > 0 && input_.local != nullptr && !walked_) {
    walked_ = !walk_local(budget, visit);
  }
  for (const AttributeHandle handle : std::exchange(made_, {})) {
    rib_.attributes().release(handle);
  }
  return family_ < net::kFamilyCount || next != input_.originate.end() ||
         (input_.local != nullptr && !walked_);
}

/// Routes of the kernel to what is no destination yet. True: there is more.
bool Preview::walk_local(std::size_t budget, const Visit& visit) {
  return input_.local->walk(budget, [&](const net::Prefix& prefix) {
    const net::RouteKey key = net::RouteKey::unicast(prefix);
    const auto own = input_.originate.find(key);
    const bool looked_at = own != input_.originate.end() && own->second;
    if (!looked_at && !local_.contains(key) && rib_.table(key.family).find(key) == kNoDestination) {
      look_at_new(key, visit);
      if (!paths_.empty()) {
        local_.insert(key);
      }
    }
  });
}

void Preview::look_at(const Table& table, DestinationId id, const Visit& visit) {
  const net::RouteKey key = table.key(id);
  const bool changed = import_paths(table, id, key, visit);
  chosen_.clear();
  table.multipath(id, chosen_);
  compare(table, key,
          changed || before_.best_path != input_.options.best_path ||
              before_.next_hops != input_.options.next_hops ||
              before_.multipath != input_.options.multipath,
          visit);
}

void Preview::look_at_new(const net::RouteKey& key, const Visit& visit) {
  paths_.clear();
  chosen_.clear();
  replace_originated(key, false);
  replace_local(key, {}, visit);
  if (!paths_.empty()) {
    compare(rib_.table(key.family), key, true, visit);
  }
}

/// Compares chosen_ with what would be chosen of paths_; `decides`: that may be something else.
void Preview::compare(const Table& table,
                      const net::RouteKey& key,
                      bool decides,
                      const Visit& visit) {
  const Table::Terms terms{input_.options, sources_};
  for (const PreviewMoment moment : {PreviewMoment::Down, PreviewMoment::After}) {
    const std::vector<Path>* paths = &paths_;
    if (moment == PreviewMoment::Down) {
      if (!has_down_) {
        continue;
      }
      down_ = paths_;
      std::erase_if(down_, [this](const Path& path) {
        const PreviewNeighbor* from = of_source(path.source);
        return from != nullptr && from->session == PreviewSession::Returns;
      });
      paths = &down_;
    }
    if (decides || paths->size() != paths_.size()) {
      table.choose(*paths, terms, would_);
    } else {
      would_ = chosen_;
    }
    compare_exports(key, would_, moment, visit);
    if (input_.choices != nullptr) {
      input_.choices->on_choice(key, chosen_, would_, moment);
    }
  }
}

bool Preview::loses(const PreviewNeighbor& from, net::Family family) const {
  return from.session == PreviewSession::Ends ||
         (from.exports_after && !from.exports_after->families[*net::family_index(family)]);
}

/// Fills paths_ with what would be there. True: that is not what is there.
bool Preview::import_paths(const Table& table,
                           DestinationId id,
                           const net::RouteKey& key,
                           const Visit& visit) {
  bool changed = false;
  bool originated = false;
  LocalPaths local{};
  paths_.clear();
  for (std::uint32_t slot = table.destinations()[id].first_path; slot != kNoSlot;) {
    const Path& stored = table.path(slot);
    slot = stored.next;
    if (table.is_void(stored)) {
      continue;
    }
    if (stored.source == kOriginateSource && input_.originate.contains(key)) {
      originated = true;
      continue;  // what takes its place comes below
    }
    if (const auto place = std::ranges::find(kLocalSources, stored.source);
        input_.local != nullptr && place != kLocalSources.end()) {
      local[static_cast<std::size_t>(place - kLocalSources.begin())] = stored.accepted;
      continue;  // likewise
    }
    paths_.push_back(stored);
    if (const PreviewNeighbor* from = of_source(stored.source)) {
      changed = import_path(*from, key, visit) || changed;
    }
  }
  changed = replace_originated(key, originated) || changed;
  return replace_local(key, local, visit) || changed;
}

/// `before`: what is there. True: that is not what would be.
bool Preview::replace_local(const net::RouteKey& key,
                            const LocalPaths& before,
                            const Visit& visit) {
  bool changed = false;
  const bool may_be = input_.local != nullptr && key.is_unicast();  // local routes are
  for (std::size_t i = 0; may_be && i < kLocalSources.size(); ++i) {
    const SourceId source = kLocalSources[i];
    Importer::Result result;
    if (const auto route = input_.local->route(source, key.prefix)) {
      bgp::PathAttributes ours;
      ours.next_hop = net::IpAddress::any(key.prefix.afi());
      const AttributeHandle received = rib_.attributes().intern(ours.view());
      made_.push_back(received);
      result = importer_.import_local(
          route->policy,
          {.prefix = key.prefix, .source = rib_.sources()[source].kind, .kernel = &route->facts},
          received);
      made_.push_back(result.accepted);
      if (result.accepted != AttributeHandle::None) {
        paths_.push_back(Path{.received = received, .accepted = result.accepted, .source = source});
      }
    }
    if (result.accepted != before[i]) {
      changed = true;
      count(input_.neighbors.size(),
            before[i] == AttributeHandle::None         ? RouteChange::Accepted
            : result.accepted == AttributeHandle::None ? RouteChange::Rejected
                                                       : RouteChange::Changed,
            key, PreviewMoment::After, visit);
    }
  }
  return changed;
}

/// The last of paths_, as it would be, or taken out. True: that is not what is there.
bool Preview::import_path(const PreviewNeighbor& from,
                          const net::RouteKey& key,
                          const Visit& visit) {
  Path& path = paths_.back();
  const std::size_t neighbor = by_source_[path.source] - std::size_t{1};
  const bool was = path.accepted != AttributeHandle::None;
  const bool returns = from.session == PreviewSession::Returns;
  if (returns && was) {
    ++counts_[static_cast<std::size_t>(PreviewMoment::Down)][neighbor][place_of(RouteChange::Lost)];
  }
  if (loses(from, key.family)) {
    paths_.pop_back();
    if (was) {
      count(neighbor, RouteChange::Lost, key, PreviewMoment::After, visit);
    }
    return true;
  }
  if (returns) {
    path.changed_at = rib_.now() + kLater;
  }
  if (!from.imports) {
    return returns;
  }
  const Importer::Result result = importer_.import(*from.imports, path.received, key);
  made_.push_back(result.accepted);
  if (result.accepted == path.accepted) {
    return true;  // its source may be another one to the decision process
  }
  const bool is = result.accepted != AttributeHandle::None;
  count(neighbor,
        was && is ? RouteChange::Changed
        : is      ? RouteChange::Accepted
                  : RouteChange::Rejected,
        key, PreviewMoment::After, visit);
  path.accepted = result.accepted;
  path.reason = result.reason;
  path.changed_at = std::max(path.changed_at, rib_.now());
  return true;
}

bool Preview::replace_originated(const net::RouteKey& key, bool found) {
  if (input_.originate.empty()) {
    return false;
  }
  const auto route = input_.originate.find(key);
  if (route == input_.originate.end()) {
    return false;
  }
  if (route->second) {
    const AttributeHandle handle = rib_.attributes().intern(route->second->view());
    made_.push_back(handle);
    paths_.push_back(Path{.received = handle, .accepted = handle, .source = kOriginateSource});
  }
  return found || route->second.has_value();
}

void Preview::count(std::size_t neighbor,
                    RouteChange change,
                    const net::RouteKey& key,
                    PreviewMoment moment,
                    const Visit& visit) {
  ++counts_[static_cast<std::size_t>(moment)][neighbor][place_of(change)];
  if (visit) {
    visit(neighbor, change, key, moment);
  }
}

}  // namespace pipit::rib

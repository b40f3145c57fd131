// The decision process of a table: dirty destinations to published best paths and journal entries.
#include <algorithm>

#include "bgp/wire/attributes.hpp"
#include "rib/table/table.hpp"

namespace pipit::rib {

namespace {

bool needs_scope(const net::IpAddress& next_hop) {
  return next_hop.is_v6() && next_hop.is_link_local();
}

std::uint8_t local_rank(policy::SourceKind kind) {
  switch (kind) {
    case policy::SourceKind::Originate:
      return 0;
    case policy::SourceKind::Kernel:
    case policy::SourceKind::Connected:
      return 1;
    case policy::SourceKind::Bgp:
      break;
  }
  return 2;
}

/// RFC 4271 §6.3: on a single-hop eBGP session the next hop is the neighbor's address or on a
/// subnet that we share with it.
bool on_shared_subnet(const NextHops::Tracked& next_hop, const Source& source) {
  if (next_hop.key.address == source.address) {
    return true;
  }
  const Resolution& resolution = next_hop.resolution;
  if (!resolution.connected) {
    return false;
  }
  const bool comparable = source.address.afi() == resolution.via.afi() &&
                          !needs_scope(source.address) && !needs_scope(next_hop.key.address);
  if (comparable) {
    return resolution.via.contains(source.address);
  }
  for (const IgpHop& hop : resolution.hops) {
    if (source.interface_index == 0 || hop.interface_index == source.interface_index) {
      return true;
    }
  }
  return false;
}

}  // namespace

NextHopKey Table::next_hop_key(const bgp::AttributesView& attributes, const Source& source) {
  const net::IpAddress& next = attributes.next_hop;
  const net::IpAddress to = attributes.label ? next.unmapped() : next;  // RFC 4659 §3.2.1.2
  return {to, needs_scope(to) ? source.interface_index : 0};
}

const NextHops::Tracked* Table::next_hop(AttributeHandle handle, const Source& source) const {
  std::uint32_t index = attributes_.next_hop_index(handle);
  if (index == 0 || index == kScopedNextHop) {
    const NextHopKey key = next_hop_key(attributes_.view(handle), source);
    if (key.address.is_unspecified()) {
      return nullptr;
    }
    index = next_hops_.track(key);
    attributes_.set_next_hop_index(handle, needs_scope(key.address) ? kScopedNextHop : index);
  }
  return &next_hops_.tracked(index);
}

Reason Table::eligibility(const Path& path,
                          const Source& source,
                          const RibOptions& options,
                          std::uint32_t& igp_cost) const {
  if (path.accepted == AttributeHandle::None) {
    return path.reason;
  }
  igp_cost = 0;
  if (source.kind != policy::SourceKind::Bgp) {
    return Reason::None;
  }
  const NextHops::Tracked* tracked = next_hop(path.accepted, source);
  if (tracked == nullptr) {
    return Reason::None;
  }
  std::optional<NextHops::Tracked> other;
  if (&options != &options_ && options.next_hops.via_default != options_.next_hops.via_default) {
    other = next_hops_.under(options.next_hops, tracked->key);
    tracked = &*other;
  }
  if (tracked->own_address) {
    return Reason::NextHopOwnAddress;
  }
  if (!tracked->resolution.reachable) {
    igp_cost = kUnresolvedCost;
    return options.next_hops.unresolved == UnresolvedNextHop::Use ? Reason::None
                                                                  : Reason::NextHopUnresolved;
  }
  igp_cost = tracked->resolution.cost;
  if (source.single_hop && !source.internal && !on_shared_subnet(*tracked, source)) {
    return Reason::NextHopNotShared;
  }
  return Reason::None;
}

Candidate Table::candidate(const Path& path,
                           const Source& source,
                           std::uint32_t slot,
                           std::uint32_t igp_cost) const {
  Candidate made;
  made.facts = attributes_.facts(path.accepted);
  made.attributes = path.accepted;
  made.path = slot;
  made.igp_cost = igp_cost;
  made.changed_at = path.changed_at;
  made.router_id = made.facts.originator_id != 0 ? made.facts.originator_id : source.router_id;
  made.path_id = path.path_id;
  made.source = path.source;
  made.local_rank = local_rank(source.kind);
  made.external = !source.internal;
  made.neighbor = source.address;
  return made;
}

void Table::choose(std::span<const Path> paths,
                   const Terms& terms,
                   std::vector<BestPath>& chosen) const {
  chosen.clear();
  std::vector<Candidate> candidates;
  for (const Path& one : paths) {
    const Source& source = terms.sources[one.source];
    std::uint32_t cost = 0;
    if (eligibility(one, source, terms.options, cost) == Reason::None) {
      candidates.push_back(candidate(one, source, 0, cost));
    }
  }
  const std::size_t equal = decide(candidates, terms.options.best_path);
  const std::size_t members = equal == 0 ? 0 : choose_members(candidates, equal, terms);
  for (std::size_t i = 0; i < members; ++i) {
    chosen.push_back({candidates[i].attributes, candidates[i].source});
  }
}

/// Sorts the paths of a destination into candidates and others; the others get their reason here.
void Table::gather(Destination& row) {
  candidates_.clear();
  not_candidates_.clear();
  for (std::uint32_t slot = row.first_path; slot != kNoSlot; slot = path(slot).next) {
    Path& one = mutable_path(slot);
    one.selected = false;
    std::uint32_t cost = 0;
    if (!is_void(one)) {
      one.reason = eligibility(one, sources_[one.source], options_, cost);
    }
    if (is_void(one) || one.reason != Reason::None) {
      not_candidates_.push_back(slot);
      continue;
    }
    candidates_.push_back(candidate(one, sources_[one.source], slot, cost));
  }
}

std::vector<Candidate> Table::decided(DestinationId id) const {
  std::vector<Candidate> candidates;
  for (std::uint32_t slot = destinations_[id].first_path; slot != kNoSlot; slot = path(slot).next) {
    const Path& one = path(slot);
    std::uint32_t cost = 0;
    if (!is_void(one) && eligibility(one, sources_[one.source], options_, cost) == Reason::None) {
      candidates.push_back(candidate(one, sources_[one.source], slot, cost));
    }
  }
  decide(candidates, options_.best_path);
  return candidates;
}

/// Of the first `equal` candidates, brings those that may share the traffic to the front; returns
/// how many. They have next hops of their own and, unless relaxed, the AS_PATH of the best.
std::size_t Table::choose_members(std::span<Candidate> candidates,
                                  std::size_t equal,
                                  const Terms& terms) const {
  const Candidate& best = candidates.front();
  const std::size_t limit =
      best.local_rank < local_rank(policy::SourceKind::Bgp)
          ? 1
          : (best.external ? terms.options.multipath.ebgp : terms.options.multipath.ibgp);
  if (limit < 2 || equal < 2) {
    return 1;
  }
  const bgp::AttributesView wanted = attributes_.view(best.attributes);
  std::vector<NextHopKey> next_hops{next_hop_key(wanted, terms.sources[best.source])};
  std::size_t members = 1;
  for (std::size_t i = 1; i < equal && members < limit; ++i) {
    const bgp::AttributesView view = attributes_.view(candidates[i].attributes);
    if (!terms.options.best_path.multipath_relax &&
        !std::ranges::equal(view.as_path, wanted.as_path)) {
      continue;
    }
    const NextHopKey key = next_hop_key(view, terms.sources[candidates[i].source]);
    if (std::ranges::find(next_hops, key) == next_hops.end()) {
      next_hops.push_back(key);
      std::rotate(candidates.begin() + static_cast<std::ptrdiff_t>(members),
                  candidates.begin() + static_cast<std::ptrdiff_t>(i),
                  candidates.begin() + static_cast<std::ptrdiff_t>(i) + 1);
      ++members;
    }
  }
  return members;
}

/// Brings the list of paths into the order of the candidates, the others behind, and notes whether
/// the set of members is another than before.
void Table::relink(Destination& row, std::size_t members) {
  std::uint32_t* link = &row.first_path;
  for (std::size_t i = 0; i < candidates_.size(); ++i) {
    const Candidate& candidate = candidates_[i];
    Path& one = mutable_path(candidate.path);
    one.reason = candidate.lost;
    one.selected = i < members;
    *link = candidate.path;
    link = &one.next;
  }
  for (const std::uint32_t slot : not_candidates_) {
    *link = slot;
    link = &mutable_path(slot).next;
  }
  *link = kNoSlot;
}

/// Returns how many paths there were.
std::size_t Table::decide_one(DestinationId id) {
  Destination& row = destinations_[id];
  row.dirty = false;
  std::vector<std::uint32_t>& before = members_before_;
  before.clear();
  for (std::uint32_t slot = row.first_path; slot != kNoSlot; slot = path(slot).next) {
    if (path(slot).selected) {
      before.push_back(slot);
    }
  }
  gather(row);
  const std::size_t equal = decide(candidates_, options_.best_path);
  const std::size_t members =
      equal == 0 ? 0 : choose_members(candidates_, equal, {options_, sources_});
  relink(row, members);
  for (std::size_t i = 1; i < members; ++i) {
    row.publish = row.publish || std::ranges::find(before, candidates_[i].path) == before.end();
  }
  row.publish = row.publish || (members < before.size() && before.size() > 1);
  if (equal == 0) {
    publish(id, AttributeHandle::None, kNoSource);
    if (row.first_path == kNoSlot) {
      settle_empty(id);
    }
  } else {
    publish(id, candidates_.front().attributes, candidates_.front().source);
  }
  return candidates_.size() + not_candidates_.size();
}

void Table::publish(DestinationId id, AttributeHandle best, SourceId source) {
  Destination& row = destinations_[id];
  const bool same = row.best == best && row.best_source == source;
  if (same && (!row.publish || best == AttributeHandle::None)) {
    row.publish = false;
    return;
  }
  row.publish = false;
  if (!same) {
    attributes_.acquire(best);
    attributes_.release(row.best);
    best_count_ += best != AttributeHandle::None ? 1 : 0;
    best_count_ -= row.best != AttributeHandle::None ? 1 : 0;
    row.best = best;
    row.best_source = source;
  }
  row.set_last_change(journal_.append(id));
}

/// Frees a destination without paths, at once or when every consumer has seen that it has none.
void Table::settle_empty(DestinationId id) {
  Destination& row = destinations_[id];
  if (row.first_path != kNoSlot || row.best != AttributeHandle::None || row.dirty) {
    return;
  }
  const Sequence change = row.last_change();
  if (change == 0 || change < journal_.floor()) {
    stop_leaving(row);
    destinations_.erase(id);
    return;
  }
  leaving_rows_ += row.leaving ? 0 : 1;
  row.leaving = true;
  leaving_.push_back({id, change});
  compact_leaving();
}

void Table::stop_leaving(Destination& row) {
  leaving_rows_ -= row.leaving ? 1 : 0;
  row.leaving = false;
}

bool Table::still_leaving(const Leaving& one) const {
  if (!destinations_.contains(one.destination)) {
    return false;
  }
  const Destination& row = destinations_[one.destination];
  return row.leaving && !row.dirty && row.last_change() == one.change;
}

/// Rows that came back leave entries behind. When these may be the greater part, a few entries are
/// looked at with each new one and those that hold are moved to the front. What they leave behind
/// them until the end is reached does no harm: it is looked at again before it is acted upon.
void Table::compact_leaving() {
  constexpr std::size_t kSlack = 8192;
  constexpr int kAtOnce = 4;
  if (compact_read_ == 0 && leaving_.size() < 2 * leaving_rows_ + kSlack) {
    return;
  }
  for (int i = 0; i < kAtOnce && compact_read_ < leaving_.size(); ++i) {
    const Leaving one = leaving_[compact_read_++];
    if (still_leaving(one)) {
      leaving_[compact_write_++] = one;
    }
  }
  if (compact_read_ == leaving_.size()) {
    leaving_.resize(compact_write_);
    compact_read_ = compact_write_ = 0;
  }
}

/// A consumer that goes can leave a whole table behind: only so many at once. True when more
/// remain.
bool Table::free_left(Sequence floor) {
  constexpr std::size_t kAtOnce = 8192;
  constexpr std::size_t kBatch = 32;
  for (std::size_t freed = 0; freed < kAtOnce && freeable(floor); freed += kBatch) {
    free_batch(floor, std::min(kBatch, leaving_.size()));
  }
  return freeable(floor);
}

bool Table::freeable(Sequence floor) const {
  return !leaving_.empty() && leaving_.front().change < floor;
}

/// Their rows lie anywhere: they are loaded together.
void Table::free_batch(Sequence floor, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    if (destinations_.backed(leaving_[i].destination)) {
      destinations_.prefetch_row(leaving_[i].destination);
    }
  }
  for (std::size_t i = 0; i < count; ++i) {
    if (destinations_.contains(leaving_[i].destination)) {
      destinations_.prefetch_erase(leaving_[i].destination);
    }
  }
  for (std::size_t i = 0; i < count && leaving_.front().change < floor; ++i) {
    const Leaving left = leaving_.front();
    leaving_.pop_front();
    compact_read_ -= compact_read_ == 0 ? 0 : 1;
    compact_write_ -= compact_write_ == 0 ? 0 : 1;
    if (still_leaving(left)) {
      stop_leaving(destinations_[left.destination]);
      destinations_.erase(left.destination);
    }
  }
}

bool Table::freeing() const {
  return freeable(journal_.floor());
}

void Table::decide_some(std::size_t budget) {
  constexpr std::size_t kPathsOfOne = 4;  // in units of the budget, a destination has so many
  while (budget > 0 && !dirty_.empty()) {
    const DestinationId id = dirty_.front();
    dirty_.pop_front();
    budget -= std::min(budget, 1 + decide_one(id) / kPathsOfOne);
  }
  free_left(journal_.floor());
  journal_.notify();
}

}  // namespace pipit::rib

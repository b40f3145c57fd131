#include "daemon/show/route_cursor.hpp"

#include <algorithm>

#include "control/refusals.hpp"
#include "daemon/show/rejection.hpp"
#include "daemon/show/route_filter.hpp"
#include "net/loop.hpp"
#include "net/slice_budget.hpp"
#include "rib/table/reason.hpp"

namespace pipit::daemon {
namespace {

using control::NeighborRoutes;
using control::PrefixMatch;
using control::RouteQuery;
using control::RouteRow;

constexpr std::uint32_t kStepsOfTrace = 64;  // as many as one run of import that is traced
/// Tables of up to so many destinations are shown sorted; sorting larger ones would hold the loop
/// up.
constexpr std::size_t kSortLimit = 16384;

bool accepted(const rib::PathView& path) {
  return path.accepted != rib::AttributeHandle::None;
}

/// The destinations of one family that a query is about, in slices.
class DestinationWalk {
 public:
  DestinationWalk(const rib::Table& table, const RouteQuery& query)
      : table_(table), match_(query.match), key_(query.key), length_(query.length) {
    // Without a Route Distinguisher all VPNs are meant: there is no index for that.
    if (match_ != PrefixMatch::All && query.key.family != table.family()) {
      return;
    }
    if (match_ == PrefixMatch::Exact) {
      chosen_.push_back(table.destinations().find(key_));
      listed_ = true;
    } else if (match_ == PrefixMatch::Longest) {
      choose_longest();
      listed_ = true;
    } else if (match_ == PrefixMatch::Shorter) {
      const auto covering = rib::covering(table, key_);
      chosen_.assign(covering.rbegin(), covering.rend());
      listed_ = true;
    } else if (table.destinations().size() <= kSortLimit) {
      list_sorted();
    }
  }

  /// The next destination; kNoDestination: none at this place, go on unless done().
  rib::DestinationId next() {
    const std::uint32_t at = position_++;
    const rib::DestinationId id = listed_ ? chosen_[at] : rib::DestinationId{at};
    return wanted(id) ? id : rib::kNoDestination;
  }

  bool done() const { return position_ >= (listed_ ? chosen_.size() : table_.capacity()); }

 private:
  bool wanted(rib::DestinationId id) const {
    if (id == rib::kNoDestination || !table_.destinations().contains(id)) {
      return false;
    }
    if (length_ && !length_->contains(table_.destinations()[id].length)) {
      return false;
    }
    return match_ == PrefixMatch::All || fits(table_.key(id));
  }

  bool fits(const net::RouteKey& key) const {
    const bool same_vpn = key_.family != key.family || key_.distinguisher == key.distinguisher;
    switch (match_) {
      case PrefixMatch::Longer:
        return same_vpn && key_.prefix.contains(key.prefix);
      case PrefixMatch::Shorter:
        return same_vpn && key.prefix.contains(key_.prefix);
      case PrefixMatch::Exact:
        return same_vpn && key.prefix == key_.prefix;
      case PrefixMatch::All:
      case PrefixMatch::Longest:
        break;
    }
    return true;
  }

  /// The longest destination that has a path which import accepted.
  void choose_longest() {
    std::vector<rib::PathView> paths;
    for (const rib::DestinationId id : rib::covering(table_, key_)) {
      paths.clear();
      rib::paths_of(table_, id, paths);
      if (std::ranges::any_of(paths, &accepted)) {
        chosen_ = {id};
        return;
      }
    }
  }

  void list_sorted() {
    std::vector<std::pair<net::RouteKey, rib::DestinationId>> found;
    for (std::uint32_t at = 0; at < table_.capacity(); ++at) {
      if (wanted(rib::DestinationId{at})) {
        found.emplace_back(table_.key(rib::DestinationId{at}), rib::DestinationId{at});
      }
    }
    std::sort(found.begin(), found.end());
    chosen_.reserve(found.size());
    for (const auto& [key, id] : found) {
      chosen_.push_back(id);
    }
    listed_ = true;
  }

  const rib::Table& table_;
  PrefixMatch match_;
  net::RouteKey key_;
  std::optional<net::NumberRange> length_;
  bool listed_ = false;
  std::vector<rib::DestinationId> chosen_;
  std::uint32_t position_ = 0;
};

class RouteCursor final : public control::Cursor<RouteRow> {
 public:
  RouteCursor(const RouteViewParts& parts, RouteQuery query)
      : parts_(parts), query_(std::move(query)), filter_(query_) {
    for (const net::Family family : net::kFamilies) {
      const bool asked = !query_.family || *query_.family == family;
      // A prefix alone is one of the unicast families, unless another family is asked for.
      const bool of_all_vpns = query_.family == family && query_.key.is_unicast() &&
                               query_.match != PrefixMatch::Longest &&
                               query_.key.prefix.afi() == family.afi;
      const bool key_fits =
          query_.match == PrefixMatch::All || query_.key.family == family || of_all_vpns;
      if (asked && key_fits) {
        walks_.emplace_back(family, DestinationWalk(parts_.rib.table(family), query_));
      }
    }
  }

  bool next(std::size_t max_rows, const std::function<void(const RouteRow&)>& sink) override {
    net::SliceBudget budget(parts_.kernel.loop(), kSlice, kStepsPerLook);
    std::size_t rows = 0;
    while (current_ < walks_.size() && rows < max_rows) {
      auto& [family, walk] = walks_[current_];
      if (walk.done()) {
        ++current_;
        continue;
      }
      steps_ = 1;
      const rib::DestinationId id = walk.next();
      if (id != rib::kNoDestination) {
        rows += show(family, id, sink);
      }
      if (budget.spent_after_step(steps_)) {
        break;
      }
    }
    return current_ < walks_.size();
  }

 private:
  static constexpr std::uint32_t kStepsPerLook = 256;  // at the clock

  /// The neighbor that is asked about; nullptr: removed meanwhile. It is looked up by its name only
  /// when the source that it was is another one now.
  const Neighbor* asked() {
    const Neighbor* neighbor = parts_.speaker.of_source(source_);
    if (neighbor == nullptr || neighbor->name() != query_.neighbor) {
      neighbor = parts_.speaker.find(query_.neighbor);
      source_ = neighbor == nullptr ? rib::kNoSource : neighbor->source;
    }
    return neighbor;
  }

  /// Gives the rows of one destination; returns how many.
  std::size_t show(net::Family family,
                   rib::DestinationId id,
                   const std::function<void(const RouteRow&)>& sink) {
    const rib::Table& table = parts_.rib.table(family);
    const Neighbor* neighbor = query_.neighbor.empty() ? nullptr : asked();
    if (!query_.neighbor.empty() && neighbor == nullptr) {
      return 0;  // removed meanwhile
    }
    if (neighbor != nullptr && query_.routes == NeighborRoutes::Advertised) {
      return show_advertised(family, id, *neighbor, sink);
    }
    std::size_t rows = 0;
    paths_.clear();
    rib::paths_of(table, id, paths_);
    steps_ += static_cast<std::uint32_t>(paths_.size());
    for (const rib::PathView& path : paths_) {
      if ((neighbor == nullptr || path.source == neighbor->source) && shown(path)) {
        rows += give(path, sink);
      }
    }
    return rows;
  }

  /// Likewise of a path; with what refused it, where that is asked for.
  std::size_t give(const rib::PathView& path, const std::function<void(const RouteRow&)>& sink) {
    RouteRow row = row_of(path);
    if (!filter_.accepts(row)) {
      return 0;
    }
    if (query_.with_rejections && !accepted(path)) {
      steps_ += kStepsOfTrace;
      const auto rejection = rejection_of(parts_.rib, parts_.kernel, path);
      row.rejection = rejection ? &*rejection : nullptr;
      sink(row);
      return 1;
    }
    sink(row);
    return 1;
  }

  /// Gives the row if it is wanted; returns how many that were.
  std::size_t give(const RouteRow& row, const std::function<void(const RouteRow&)>& sink) const {
    if (!filter_.accepts(row)) {
      return 0;
    }
    sink(row);
    return 1;
  }

  RouteRow row_of(const rib::PathView& path) const {
    RouteRow row = route_row(parts_.rib, path);
    if (!query_.neighbor.empty() && query_.routes == NeighborRoutes::Received) {
      row.attributes = parts_.rib.attributes().view(path.received);
    }
    return row;
  }

  bool shown(const rib::PathView& path) const {
    if (query_.best_only && !path.best) {
      return false;
    }
    if (query_.routes == NeighborRoutes::Received) {
      return true;
    }
    return accepted(path) == (query_.routes == NeighborRoutes::Accepted);
  }

  std::size_t show_advertised(net::Family family,
                              rib::DestinationId id,
                              const Neighbor& neighbor,
                              const std::function<void(const RouteRow&)>& sink) const {
    if (!neighbor.member) {
      return 0;
    }
    std::size_t rows = 0;
    parts_.groups.for_each_advertised(*neighbor.member, family, static_cast<std::uint32_t>(id), 1,
                                      [&](const rib::AdvertisedRoute& sent) {
                                        const rib::Source& source =
                                            parts_.rib.sources()[sent.source];
                                        RouteRow row;
                                        row.key = sent.key;
                                        row.best = true;
                                        row.source_kind = source.kind;
                                        row.source = source.name;
                                        row.attributes = sent.attributes;
                                        rows += give(row, sink);
                                      });
    return rows;
  }

  RouteViewParts parts_;
  RouteQuery query_;
  RouteFilter filter_;
  std::vector<std::pair<net::Family, DestinationWalk>> walks_;
  rib::SourceId source_ = rib::kNoSource;  // of the neighbor that is asked about
  std::size_t current_ = 0;
  std::vector<rib::PathView> paths_;  // of one destination, while its rows are made
  std::uint32_t steps_ = 0;           // destinations and paths looked at in this one
};

}  // namespace

RouteRow route_row(rib::Rib& rib, const rib::PathView& path) {
  const rib::Source& source = rib.sources()[path.source];
  RouteRow row;
  row.key = path.key;
  row.best = path.best;
  row.multipath = path.multipath;
  row.stale = path.stale;
  row.valid = path.eligible;
  row.source_kind = source.kind;
  row.source = source.name;
  row.path_id = path.path_id;
  row.age = std::chrono::seconds{rib.now() - path.changed_at};
  row.reason = rib::describe(path.reason);
  row.attributes = rib.attributes().view(accepted(path) ? path.accepted : path.received);
  return row;
}

control::CursorResult<RouteRow> open_route_cursor(const RouteViewParts& parts,
                                                  const RouteQuery& query) {
  if (!query.neighbor.empty() && parts.speaker.find(query.neighbor) == nullptr) {
    return std::unexpected(control::no_neighbor(query.neighbor));
  }
  if (!query.source.empty() && parts.speaker.find(query.source) == nullptr) {
    return std::unexpected(
        control::Refusal{control::Refusal::Kind::NotFound,
                         "\"" + query.source + "\" is neither a kind of source nor a neighbor"});
  }
  return std::make_unique<RouteCursor>(parts, query);
}

}  // namespace pipit::daemon

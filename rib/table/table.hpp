// The table of one family: Adj-RIB-In of every source and Loc-RIB in one. The importer puts paths
// in, the decision process picks the best ones, consumers read them through LocRib and its journal.
//
// A source that goes down or refreshes its routes costs one step at once: its paths carry the epoch
// in which they were heard, those of a dead epoch count for nothing from then on and are swept away
// in slices.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <span>
#include <vector>

#include "rib/table/change_journal.hpp"
#include "rib/table/decision.hpp"
#include "rib/table/destination_table.hpp"
#include "rib/table/loc_rib.hpp"
#include "rib/table/next_hops.hpp"
#include "rib/table/path.hpp"

namespace pipit::rib {

/// What a table works with; all of it outlives the table.
struct TableContext {
  AttributeStore& attributes;
  Sources& sources;
  NextHops& next_hops;
  const RibOptions& options;
  std::uint64_t seed = 0;  // of the hash of prefixes
};

/// A path as the importer made it. The table takes references of its own.
struct ImportedPath {
  SourceId source = kNoSource;
  std::uint32_t path_id = 0;
  AttributeHandle received = AttributeHandle::None;
  AttributeHandle accepted = AttributeHandle::None;
  Reason reason = Reason::Undecided;  // why it was not accepted
  std::uint32_t now = 0;              // seconds
};

class Table final : public LocRib {
 public:
  using Key = DestinationTable::Key;

  Table(net::Family family, const TableContext& context);
  ~Table() override;

  const DestinationTable& destinations() const { return destinations_; }

  /// Stores a path, in place of the source's earlier one with that path id. False: table full.
  bool put(const Key& key, const ImportedPath& imported);
  /// Takes a path out; nothing happens when there is none.
  void withdraw(const Key& key, SourceId source, std::uint32_t path_id);

  /// Whether a path with path id 0 of the source is there, void or not.
  bool has_path(DestinationId destination, SourceId source) const {
    return destinations_.contains(destination) &&
           find_path(destinations_[destination], source, 0) != kNoSlot;
  }

  /// All paths of the source are void from now on.
  void clear(SourceId source);
  /// Marks all paths of the source stale; they stay in use (RFC 7313 §4, Begin-of-RR). Does nothing
  /// when the source has begun hundreds of refreshes within one sweep.
  void begin_refresh(SourceId source);
  /// What is still stale is void (End-of-RR).
  void end_refresh(SourceId source);

  bool refreshing(SourceId source) const;

  /// Void paths that have not been swept away yet.
  std::size_t void_paths() const { return void_paths_; }

  /// True when no path of the source is left, void ones included.
  bool empty_of(SourceId source) const;

  /// A sweep over all destinations, made of steps, frees void paths. Begin, step for each
  /// destination, end.
  void begin_sweep();
  void end_sweep();
  /// Frees the void paths of a destination; returns how many paths it looked at.
  std::size_t sweep(DestinationId destination);

  /// What import policy makes of a path changed.
  void reimport(DestinationId destination,
                std::uint32_t path,
                AttributeHandle accepted,
                Reason reason,
                std::uint32_t now);
  /// Has the destination decided again. `publish`: journal it even when the best path stays.
  void mark_dirty(DestinationId destination, bool publish = false);

  std::size_t backlog() const { return dirty_.size(); }

  /// True while destinations without a path that every consumer has seen wait to be freed.
  bool freeing() const;

  /// Called when that begins: decide_some() has to be called until it ends.
  void on_freeing(std::function<void()> listener) { freeing_listener_ = std::move(listener); }

  /// Runs the decision process for up to `budget` dirty destinations, for fewer where they have
  /// many paths, frees some that have no path any more, and tells the journal's listeners.
  void decide_some(std::size_t budget);

  const Path& path(std::uint32_t slot) const { return *static_cast<const Path*>(paths_.at(slot)); }

  bool is_void(const Path& path) const;
  bool is_stale(const Path& path) const;

  /// What the decision process goes by: as it is, or as it might be.
  struct Terms {
    const RibOptions& options;
    const Sources& sources;
  };

  /// Which of these paths the decision process would choose on these terms: the best one, then
  /// those that would share the traffic with it. Changes nothing; `next` of the paths is not looked
  /// at.
  void choose(std::span<const Path> paths, const Terms& terms, std::vector<BestPath>& chosen) const;
  /// Runs the decision process again over a destination, for its result only: every candidate, the
  /// best one first, with the step at which it lost and to which path. Nothing is published.
  std::vector<Candidate> decided(DestinationId destination) const;

  /// Destinations with a best path.
  std::size_t best_count() const { return best_count_; }

  std::size_t path_count() const { return paths_.size() - void_paths_; }

  std::size_t path_memory() const { return paths_.memory(); }

  /// Octets of destinations that wait: to be decided, or to be freed.
  std::size_t queue_memory() const;

  std::size_t kept_rows() const override { return leaving_rows_; }

  const ChangeJournal& changes() const { return journal_; }

  /// The key to resolve the next hop of attributes from that source; unspecified address: none is
  /// needed.
  static NextHopKey next_hop_key(const bgp::AttributesView& attributes, const Source& source);

  net::Family family() const override { return family_; }

  std::optional<BestPath> best(DestinationId destination) const override;
  void multipath(DestinationId destination, std::vector<BestPath>& paths) const override;

  DestinationId find(const net::RouteKey& key) const override { return destinations_.find(key); }

  net::Prefix prefix(DestinationId destination) const override {
    return destinations_.prefix(destination);
  }

  net::RouteKey key(DestinationId id) const override { return destinations_.route_key(id); }

  Sequence last_change(DestinationId destination) const override;

  std::uint32_t capacity() const override { return destinations_.capacity(); }

  Journal& journal() override { return journal_; }

 private:
  struct SourceState {
    std::uint8_t epoch = 0;        // paths heard now get it
    std::uint8_t floor = 0;        // paths of earlier epochs are void
    std::uint8_t oldest = 0;       // no path is of an earlier epoch
    std::uint8_t sweep_floor = 0;  // `floor` when the running sweep began
    bool refreshing = false;
    std::uint32_t stored = 0;  // paths, void ones included
    SourceCounters fresh;      // of the current epoch
  };

  struct Leaving {
    DestinationId destination;
    Sequence change;
  };

  Path& mutable_path(std::uint32_t slot) { return *static_cast<Path*>(paths_.at(slot)); }

  SourceState& state(SourceId source);

  SourceCounters& counters(SourceId source) { return sources_[source].counters[family_index_]; }

  void count(const Path& path, int by);
  void advance_epoch(SourceId source);
  void sweep_everything(SourceId source);

  std::uint32_t find_path(const Destination& row, SourceId source, std::uint32_t path_id) const;
  std::uint32_t add_path(Destination& row, const ImportedPath& imported);
  void replace_path(DestinationId id, Path& path, const ImportedPath& imported);
  void remove_path(DestinationId id, std::uint32_t slot);
  void note_loss(Destination& row, const Path& path);
  void release_references(const Path& path);

  std::size_t decide_one(DestinationId id);
  void gather(Destination& row);
  Reason eligibility(const Path& path,
                     const Source& source,
                     const RibOptions& options,
                     std::uint32_t& igp_cost) const;
  Candidate candidate(const Path& path,
                      const Source& source,
                      std::uint32_t slot,
                      std::uint32_t igp_cost) const;
  const NextHops::Tracked* next_hop(AttributeHandle handle, const Source& source) const;
  std::size_t choose_members(std::span<Candidate> candidates,
                             std::size_t equal,
                             const Terms& terms) const;
  void relink(Destination& row, std::size_t members);
  void publish(DestinationId id, AttributeHandle best, SourceId source);
  void settle_empty(DestinationId id);
  void stop_leaving(Destination& row);
  bool still_leaving(const Leaving& one) const;
  void compact_leaving();
  bool free_left(Sequence floor);
  bool freeable(Sequence floor) const;
  void free_batch(Sequence floor, std::size_t count);

  net::Family family_;
  std::size_t family_index_;
  AttributeStore& attributes_;
  Sources& sources_;
  NextHops& next_hops_;
  const RibOptions& options_;
  DestinationTable destinations_;
  Slab paths_;
  ChangeJournal journal_;
  std::vector<SourceState> states_;  // by source
  std::size_t void_paths_ = 0;
  std::size_t best_count_ = 0;
  std::deque<DestinationId> dirty_;
  std::deque<Leaving> leaving_;    // by change
  std::size_t leaving_rows_ = 0;   // that have an entry which still holds
  std::size_t compact_read_ = 0;   // a compaction of leaving_ has come to here,
  std::size_t compact_write_ = 0;  // and kept so many
  std::function<void()> freeing_listener_;
  std::vector<Candidate> candidates_;          // scratch of the decision process
  std::vector<std::uint32_t> not_candidates_;  // likewise
  std::vector<std::uint32_t> members_before_;  // likewise
};

}  // namespace pipit::rib

// The RIB as the daemon owns it: the attribute store, the sources, the next hops and a table for
// each family, with the work of the decision process on the loop.
//
// Sessions and the kernel bridge feed it; update groups and the kernel bridge read loc_rib();
// control/ reads through rib/view.hpp. One thread. Long work runs in slices.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "bgp/wire/update.hpp"
#include "net/loop.hpp"
#include "rib/table/importer.hpp"
#include "rib/table/table.hpp"
#include "rib/table/table_walk.hpp"

namespace pipit::rib {

/// Octets held, by what holds them.
struct RibMemory {
  std::size_t attributes = 0;
  std::size_t destinations = 0;
  std::size_t paths = 0;
  std::size_t index = 0;
  std::size_t journal = 0;
  std::size_t queues = 0;  // of destinations to be decided or freed
  std::size_t next_hops = 0;
};

enum class PrefixLimit : std::uint8_t { Warning, Exceeded };

/// Tells that a source's number of prefixes rose past a value of its max_prefixes.
using PrefixLimitListener =
    std::function<void(SourceId, net::Family, std::uint32_t count, PrefixLimit)>;

class Rib {
 public:
  /// The loop must outlive the RIB.
  Rib(const RibOptions& options, net::Loop& loop);
  Rib(const Rib&) = delete;
  Rib& operator=(const Rib&) = delete;
  ~Rib();

  const RibOptions& options() const { return options_; }

  /// Takes over changed options; decides again what they may concern.
  void configure(const RibOptions& options);

  AttributeStore& attributes() { return attributes_; }

  Sources& sources() { return sources_; }

  const Sources& sources() const { return sources_; }

  NextHops& next_hops() { return next_hops_; }

  LocRib& loc_rib(net::Family family) { return *tables_[*net::family_index(family)].table; }

  /// All of them, by net::family_index.
  std::array<LocRib*, net::kFamilyCount> loc_ribs() {
    std::array<LocRib*, net::kFamilyCount> all{};
    for (std::size_t i = 0; i < net::kFamilyCount; ++i) {
      all[i] = tables_[i].table.get();
    }
    return all;
  }

  const Table& table(net::Family family) const {
    return *tables_[*net::family_index(family)].table;
  }

  /// A new source; kNoSource when there are too many.
  SourceId add_source(Source source);
  /// Takes all paths of the source back; its id is free once they are gone and decided.
  void remove_source(SourceId source);

  /// Takes in what an Established neighbor announces and withdraws.
  void on_update(SourceId source, const bgp::UpdateMessage& update);
  /// The session is gone: all its paths are void at once and swept away in slices. It may come up
  /// again meanwhile. source.established becomes false.
  void peer_down(SourceId source);
  /// RFC 7313: marks what the neighbor announced stale, and takes back what still is.
  void begin_refresh(SourceId source, net::Family family);
  void end_refresh(SourceId source, net::Family family);
  /// Runs import again over all that the source announced: after a change of its import_policy or
  /// of what else import reads of it.
  void reevaluate_import(SourceId source);

  /// A route of ours: from kOriginateSource, kKernelSource or kConnectedSource. An unspecified next
  /// hop means this router; next hops of local routes are not resolved. `policy` runs over it; null
  /// accepts, `kernel` is what it may ask of a kernel route. What it rejects is kept as a path that
  /// is not accepted. After a change of policies the caller announces again. False: the table is
  /// full.
  bool announce_local(SourceId source,
                      const net::Prefix& prefix,
                      const bgp::AttributesView& attributes,
                      const policy::Policy* policy = nullptr,
                      const policy::KernelFacts* kernel = nullptr);
  void withdraw_local(SourceId source, const net::Prefix& prefix);

  /// Where walk_local() goes on.
  struct LocalPosition {
    std::size_t family = 0;
    std::uint32_t row = 0;
  };

  /// Whether announce_local() of this was called since withdraw_local().
  bool announces_local(SourceId source, const net::Prefix& prefix) const;
  /// Calls visit(prefix) for those among up to `count` destinations from `position` on. What stays
  /// is met, whatever comes and goes between two calls. False: the end was reached.
  bool walk_local(SourceId source,
                  LocalPosition& position,
                  std::size_t count,
                  const std::function<void(const net::Prefix&)>& visit) const;
  /// How many there are.
  std::size_t local_count(SourceId source) const;

  /// What import makes now of a stored path's received attributes, step by step; changes nothing.
  struct Traced {
    Reason reason = Reason::Undecided;              // why it is not accepted
    std::optional<bgp::PathAttributes> attributes;  // after policy, when it is
  };

  Traced trace_import(SourceId source,
                      AttributeHandle received,
                      const net::RouteKey& key,
                      Trace& trace);
  /// The same for a route of ours, with the policy and the facts that its caller announced it
  /// with.
  Traced trace_local(const policy::RouteFacts& facts,
                     AttributeHandle received,
                     const policy::Policy* policy,
                     Trace& trace);

  void on_prefix_limit(PrefixLimitListener listener) { limit_listener_ = std::move(listener); }

  /// Compares what the source has announced with its max_prefixes, which have changed.
  void recheck_limits(SourceId source);

  /// Starts to load what announce_local() looks at first: for announcing many.
  void prefetch(const net::Prefix& prefix) const;

  /// Destinations that wait for the decision process.
  std::size_t backlog() const;

  /// True while so many wait that sessions should pause reading; on_relief tells when it is over.
  bool busy() const { return backlog() > kBusyBacklog; }

  /// Called after busy() was true and the backlog has come down.
  void on_relief(std::function<void()> listener) { relief_listener_ = std::move(listener); }

  /// True when no work is scheduled: every change is decided and journaled.
  bool settled() const;

  RibMemory memory() const;

  /// The clock of Path::changed_at: seconds since the RIB began.
  std::uint32_t now() const;

 private:
  struct FamilyTable {
    std::unique_ptr<Table> table;
    std::unique_ptr<TableWalk> walk;
  };

  class Work final : public net::Task {
   public:
    explicit Work(Rib& rib) : rib_(rib) {}

    bool run() override { return rib_.run_slice(); }

   private:
    Rib& rib_;
  };

  static constexpr std::size_t kDecisionsPerSlice = 8192;
  static constexpr std::size_t kWalkPerSlice = 32768;
  static constexpr std::size_t kBusyBacklog = 131072;
  static constexpr std::size_t kRecordsPerSlice = 16384;
  static constexpr std::size_t kNextHopSlack = 1024;

  void work() { loop_.schedule(work_); }

  Table& unicast_table(const net::Prefix& prefix);
  bool announce(SourceId source, const bgp::PathAttributes& announced, const bgp::Reachable& part);
  bool run_slice();
  Traced taken(const Importer::Result& result);
  void void_paths(SourceId source);
  static void log_first_refusal(const Source& from,
                                const decltype(Source::refused)& before,
                                const net::RouteKey& key);
  void check_limit(SourceId source, std::size_t family, std::uint32_t before);
  void next_hops_changed(const std::vector<NextHopKey>& changed);
  void reevaluate_next_hop_policies();
  void walk_attributes();
  void finish_removals();

  RibOptions options_;
  net::Loop& loop_;
  net::TimePoint start_;
  AttributeStore attributes_;
  Sources sources_;
  NextHops next_hops_;
  AttributeWalk attribute_walk_{attributes_, next_hops_};
  Importer importer_;
  std::array<FamilyTable, net::kFamilyCount> tables_;
  std::vector<SourceId> removing_;
  std::size_t next_hops_kept_ = 0;  // by the last collection
  bool was_busy_ = false;
  PrefixLimitListener limit_listener_;
  std::function<void()> relief_listener_;
  Work work_{*this};
};

}  // namespace pipit::rib

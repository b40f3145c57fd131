// What would become of routes if neighbors, policies or routes of our own were others: the real
// import, decision and export run over the stored paths, and nothing is changed.
//
// Sessions that would end take their routes with them; of those that would come back there are two
// moments to look at, while they are down and once all are back with the routes that they had.
// Made by the daemon for `reload --dry-run`; one walk over the tables, in slices. What comes and
// goes meanwhile may or may not be seen, everything else is looked at exactly once.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <unordered_map>
#include <vector>

#include "bgp/wire/attributes.hpp"
#include "rib/out/exporter.hpp"
#include "rib/out/member.hpp"
#include "rib/rib.hpp"
#include "rib/table/importer.hpp"

namespace pipit::rib {

enum class RouteChange : std::uint8_t {
  Accepted,   // import takes what it did not take
  Rejected,   // import no longer takes it
  Changed,    // import gives it other attributes
  Announced,  // is sent, and was not
  Withdrawn,  // was sent, and no longer is
  Updated,    // is sent with other attributes
  Lost,       // was accepted, and its session or its family is gone
};

inline constexpr std::size_t kRouteChangeCount = 7;

using RouteChangeCounts = std::array<std::uint64_t, kRouteChangeCount>;

/// What becomes of a session, one that is not Established included.
enum class PreviewSession : std::uint8_t {
  Stays,
  Returns,  // goes down, and comes back with the routes that it had
  Ends,     // for good, or nobody knows
};

/// The moments that are compared with now.
enum class PreviewMoment : std::uint8_t {
  Down,   // sessions that return are still down
  After,  // they are back
};

inline constexpr std::size_t kPreviewMomentCount = 2;

/// A neighbor as it would be.
struct PreviewNeighbor {
  SourceId source = kNoSource;
  PreviewSession session = PreviewSession::Stays;
  bool removed = false;           // would not be there any more
  std::optional<Source> imports;  // import as of this description; nullopt: as it is
  // How it is sent routes; nullopt: it is not Established, or would not be. What it has sent of a
  // family that `after` has not is lost.
  std::optional<MemberInfo> exports_before;
  std::optional<MemberInfo> exports_after;
};

/// Routes of kKernelSource and kConnectedSource as they would be.
class LocalPreview {
 public:
  virtual ~LocalPreview() = default;

  /// How Rib::announce_local() would be called; valid until the kernel is heard of again.
  struct Route {
    const policy::Policy* policy = nullptr;
    policy::KernelFacts facts;
  };

  /// nullopt: nothing would be announced.
  virtual std::optional<Route> route(SourceId source, const net::Prefix& prefix) const = 0;

  /// Gives prefixes that routes may be announced for, about `budget` at a time; one may come again.
  /// False: that was all.
  virtual bool walk(std::size_t budget, const std::function<void(const net::Prefix&)>& visit) = 0;
};

/// Is told what is chosen for each destination, now and at a moment: the best path first, then
/// those that share the traffic; empty: nothing.
class ChoicePreview {
 public:
  virtual ~ChoicePreview() = default;

  virtual void on_choice(const net::RouteKey& key,
                         std::span<const BestPath> before,
                         std::span<const BestPath> then,
                         PreviewMoment moment) = 0;
};

struct PreviewInput {
  RibOptions options;
  std::vector<PreviewNeighbor> neighbors;
  /// Routes of the kernel as they would be; null: as they are. Outlives the preview.
  LocalPreview* local = nullptr;
  /// Null: nobody asks. Outlives the preview.
  ChoicePreview* choices = nullptr;
  /// Routes from kOriginateSource that would be others; nullopt: would be gone.
  std::map<net::RouteKey, std::optional<bgp::PathAttributes>> originate;
};

class Preview {
 public:
  /// The RIB must outlive it.
  Preview(Rib& rib, PreviewInput input);
  Preview(const Preview&) = delete;
  Preview& operator=(const Preview&) = delete;
  ~Preview();

  /// `neighbor`: its index in PreviewInput::neighbors; one past the last: the kernel, whose routes
  /// PreviewInput::local is about.
  using Visit =
      std::function<void(std::size_t neighbor, RouteChange, const net::RouteKey&, PreviewMoment)>;

  /// Looks at up to `budget` destinations; tells `visit`, unless it is empty, each route that would
  /// change: but not all those of a session that returns, while it is down. False: the walk is
  /// over.
  bool run(std::size_t budget, const Visit& visit);

  /// Of all that was looked at so far.
  RouteChangeCounts counts(std::size_t neighbor, PreviewMoment moment) const;

  /// True when a session would return, so that both moments are looked at: else After alone.
  bool has_down() const { return has_down_; }

  /// How many groups of neighbors are looked at for each destination, for whoever works out a
  /// budget.
  std::size_t groups() const { return audiences_.size(); }

  /// Descriptions of sources as they would be.
  const Sources& sources() const { return sources_; }

 private:
  struct Judgement {
    bool before = false;  // is sent
    bool after = false;   // would be sent
    bool same = false;    // with the same attributes
  };

  struct Audience;
  using Choice = std::vector<BestPath>;

  // preview.cpp
  const PreviewNeighbor* of_source(SourceId source) const;
  void describe_sources();
  void look_at(const Table& table, DestinationId id, const Visit& visit);
  void look_at_new(const net::RouteKey& key, const Visit& visit);
  bool walk_local(std::size_t budget, const Visit& visit);
  bool import_paths(const Table& table,
                    DestinationId id,
                    const net::RouteKey& key,
                    const Visit& visit);
  bool import_path(const PreviewNeighbor& from, const net::RouteKey& key, const Visit& visit);
  bool loses(const PreviewNeighbor& from, net::Family family) const;
  bool replace_originated(const net::RouteKey& key, bool found);

  /// What of the kernel stands in a destination: by kLocalSources, after policy.
  static constexpr std::array kLocalSources{kKernelSource, kConnectedSource};
  using LocalPaths = std::array<AttributeHandle, kLocalSources.size()>;

  bool replace_local(const net::RouteKey& key, const LocalPaths& before, const Visit& visit);
  void compare(const Table& table, const net::RouteKey& key, bool decides, const Visit& visit);
  void count(std::size_t neighbor,
             RouteChange change,
             const net::RouteKey& key,
             PreviewMoment moment,
             const Visit& visit);

  // preview_exports.cpp
  void build_audiences();
  void add_to_audience(std::size_t neighbor, std::size_t family);
  void compare_exports(const net::RouteKey& key,
                       const Choice& then,
                       PreviewMoment moment,
                       const Visit& visit);
  void compare_exports_to(Audience& audience,
                          const net::RouteKey& key,
                          const std::optional<BestPath>& after,
                          PreviewMoment moment,
                          const Visit& visit);
  Judgement judge(Audience& audience,
                  const net::RouteKey& key,
                  const std::optional<BestPath>& before,
                  const std::optional<BestPath>& after);

  Rib& rib_;
  PreviewInput input_;
  RibOptions before_;        // the options as they are
  Sources sources_;          // as they would be
  NextHopsUnder next_hops_;  // likewise
  Importer importer_;
  std::vector<std::uint32_t> by_source_;  // index of the neighbor and one; 0: none
  std::vector<bool> described_;           // sources that are described otherwise than now
  bool has_down_ = false;
  std::vector<std::unique_ptr<Audience>> audiences_;
  std::unordered_multimap<std::size_t, Audience*> audience_index_;  // by a hash of both keys
  std::vector<std::vector<Audience*>> audiences_of_;                // by index of a neighbor
  using SignedCounts = std::array<std::int64_t, kRouteChangeCount>;
  std::array<std::vector<SignedCounts>, kPreviewMomentCount> counts_;
  std::size_t family_ = 0;
  std::uint32_t position_ = 0;
  std::optional<net::RouteKey> originated_;  // the last one of those that are no destination yet
  bool walked_ = false;                      // PreviewInput::local
  std::set<net::RouteKey> local_;            // what it brings that is no destination yet
  std::uint32_t batch_ = 0;
  std::vector<Path> paths_;            // scratch: of the destination, as they would be
  std::vector<Path> down_;             // scratch: of these, from sessions that do not return
  std::vector<AttributeHandle> made_;  // in this batch: references to give back
  Choice chosen_;                      // scratch: as it is
  Choice would_;                       // scratch: as it would be
  ExportScratch scratch_before_;
  ExportScratch scratch_after_;
};

}  // namespace pipit::rib

// The seam between the control socket and the daemon: what it may ask (DaemonView) and what it may
// have done (DaemonCommands). Implemented by daemon/, faked by the unit tests. All calls come from
// the event loop's thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control/community_filter.hpp"
#include "control/explain_models.hpp"
#include "control/models.hpp"
#include "control/neighbor_query.hpp"
#include "control/policy_models.hpp"
#include "control/reload_models.hpp"
#include "net/number_range.hpp"
#include "policy/as_path_pattern.hpp"

namespace pipit::control {

/// Why a request wasn't answered or done.
struct Refusal {
  enum class Kind : std::uint8_t { NotFound, Refused };
  Kind kind = Kind::Refused;
  std::string text;  // a sentence for the operator
};

/// Which destinations of a query.
enum class PrefixMatch : std::uint8_t {
  All,      // every one
  Exact,    // RouteQuery::key itself
  Longer,   // the prefix and all inside of it
  Shorter,  // the prefix and all that cover it
  Longest,  // the longest destination that contains the prefix
};

/// Which of a neighbor's routes, or of all.
enum class NeighborRoutes : std::uint8_t {
  Received,    // Adj-RIB-In before policy, with the attributes as received
  Accepted,    // candidates in the table, after policy
  Rejected,    // received and not accepted; RouteRow::reason says why
  Advertised,  // Adj-RIB-Out, with the attributes as sent
};

struct RouteQuery {
  PrefixMatch match = PrefixMatch::All;
  net::RouteKey key;                                 // unless All
  std::optional<net::Family> family;                 // nullopt: all
  std::string neighbor;                              // empty: all sources
  NeighborRoutes routes = NeighborRoutes::Accepted;  // Accepted or Rejected without a neighbor
  bool best_only = false;
  bool with_rejections = false;  // RouteRow::rejection is wanted
  // Of the rows that the query would give without them, only those that fit all of these:
  std::optional<policy::SourceKind> source_kind;
  std::string source;  // a neighbor's name; empty: any
  std::optional<CommunityFilter> community;
  std::optional<policy::AsPathPattern> as_path;
  std::optional<net::IpAddress> next_hop;
  std::optional<net::NumberRange> med;     // without the attribute: does not fit
  std::optional<net::NumberRange> length;  // of the prefix
  std::optional<bool> valid;
};

/// A walk over rows that may be very many. Made by a DaemonView, owned by one client's answer,
/// destroyed when the answer is complete or the client goes. Between two calls of next() anything
/// may change: routes come and go, a neighbor is removed. A cursor therefore remembers ids and
/// names, not pointers; a row that was there all the time is shown exactly once.
template <typename Row>
class Cursor {
 public:
  Cursor() = default;
  Cursor(const Cursor&) = delete;
  Cursor& operator=(const Cursor&) = delete;
  virtual ~Cursor() = default;

  /// The time that a call of next() takes at most, about.
  static constexpr std::chrono::milliseconds kSlice{1};

  /// Gives at most `max_rows` further rows to the sink; looks at no more entries than fit in
  /// kSlice, so it may give fewer, or none. Returns false when the walk is complete.
  virtual bool next(std::size_t max_rows, const std::function<void(const Row&)>& sink) = 0;

  /// Once the walk is complete: why what it gave is worth nothing.
  virtual std::optional<Refusal> failure() const { return std::nullopt; }
};

template <typename Row>
using CursorResult = std::expected<std::unique_ptr<Cursor<Row>>, Refusal>;

/// Takes a result: at once, or later from the event loop's thread. Dropped uncalled when the daemon
/// ends before there is one.
template <typename Result>
using Done = std::move_only_function<void(Result)>;

/// Read-only questions.
class DaemonView {
 public:
  virtual ~DaemonView() = default;

  virtual StatusModel status() const = 0;
  virtual MemoryModel memory() const = 0;
  virtual ConfigModel config() const = 0;
  /// What was applied, the last one first.
  virtual std::vector<ConfigHistoryRow> config_history() const = 0;
  /// From the running configuration to a text as if it stood in `file`. Refused with the
  /// diagnostics when that has errors.
  using ConfigDiff = std::expected<std::vector<ConfigChangeRow>, Refusal>;
  virtual void config_diff(const std::string& file,
                           std::string text,
                           Done<ConfigDiff> done) const = 0;
  /// In the configuration's order. Refused when there is no such group.
  virtual CursorResult<NeighborSummary> open_neighbors(const NeighborQuery& query) = 0;
  /// The names of all neighbors, or of those of a group, inherited ones too. Likewise.
  virtual std::expected<std::vector<std::string>, Refusal> neighbor_names(
      std::string_view group) const = 0;
  virtual std::optional<NeighborDetail> neighbor(std::string_view name) const = 0;
  virtual std::vector<GroupRow> groups() const = 0;
  virtual std::vector<PolicyRow> policies() const = 0;
  virtual std::vector<SetRow> sets() const = 0;

  /// All paths that the query asks for; paths of one destination follow one another, the best one
  /// first. Refused when the neighbor is not known.
  virtual CursorResult<RouteRow> open_routes(const RouteQuery& query) = 0;
  virtual CursorResult<KernelRouteRow> open_kernel_routes() = 0;
  virtual CursorResult<NextHopRow> open_next_hops() = 0;

  /// The longest destination that contains the address of a host route: of accepted paths, or of
  /// all that a neighbor, "kernel" or "originate" announces when `from` is not empty. Else the
  /// address itself.
  virtual net::RouteKey longest_match(const net::RouteKey& host, std::string_view from) const = 0;
  /// The decision at exactly this key; also of one that is no destination.
  virtual ExplainModel explain(const net::RouteKey& key) const = 0;
  /// What import makes of what a neighbor, "kernel" or "originate" announces for the prefix.
  virtual std::expected<ExplainFromModel, Refusal> explain_from(const net::RouteKey& key,
                                                                std::string_view name) const = 0;
  /// How far a session with the neighbor comes. nullopt: there is no such neighbor.
  virtual std::optional<ExplainNeighborModel> explain_neighbor(std::string_view name) const = 0;
  /// Why a neighbor or "kernel" gets the prefix or does not.
  virtual std::expected<ExplainToModel, Refusal> explain_to(const net::RouteKey& key,
                                                            std::string_view name) const = 0;
};

/// What a dry run would do, and the routes and neighbors that it would do it to.
struct DryRun {
  ReloadResult plan;
  std::unique_ptr<Cursor<PlannedRow>> rows;  // null when the plan is not ok
};

enum class RefreshDirection : std::uint8_t {
  Both,
  In,   // ask the peer for its routes again (RFC 2918)
  Out,  // send ours again
};

/// What an operator can have done. The results' text is a sentence: what was done.
class DaemonCommands {
 public:
  using Result = std::expected<std::string, Refusal>;

  virtual ~DaemonCommands() = default;

  /// Reads the daemon's own configuration file again and applies the difference; with
  /// `confirm_within`, goes back after that time unless confirm() comes. May end in the control
  /// server itself being stopped and started, after `done`. What comes in while a configuration is
  /// read or compared is done after it, in turn: so with all that take a `done` here.
  virtual void reload(const Requester& by,
                      std::optional<Seconds> confirm_within,
                      Done<ReloadResult> done) = 0;
  /// What reload() would do; changes nothing. `routes`: lists each route that would change.
  virtual void dry_run(bool routes, Done<DryRun> done) = 0;
  /// Keeps what reload() brought for a time.
  virtual Result confirm(const Requester& by) = 0;
  /// Applies a configuration of the history again. The file stays as it is.
  virtual void rollback(std::uint32_t number, const Requester& by, Done<ReloadResult> done) = 0;
  /// Checks a configuration as if it stood in `file`; changes nothing.
  virtual void check(const std::string& file, std::string text, Done<ConfigCheck> done) = 0;

  virtual Result enable_neighbor(std::string_view name) = 0;
  /// Cease/Administrative Shutdown with the message (RFC 9003; empty: none); stays down until
  /// enable_neighbor or a restart.
  virtual Result disable_neighbor(std::string_view name, std::string_view message) = 0;
  /// Cease/Administrative Reset; the session comes back by itself.
  virtual Result reset_neighbor(std::string_view name) = 0;
  virtual Result refresh_neighbor(std::string_view name, RefreshDirection direction) = 0;
};

}  // namespace pipit::control

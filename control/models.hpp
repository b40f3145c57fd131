// What the daemon shows: one plain struct for each kind of answer of the control socket. Filled in
// by the daemon (DaemonView), read by the JSON renderers. Text in them may come from the network:
// renderers escape it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bgp/wire/attributes.hpp"
#include "net/address.hpp"
#include "net/family.hpp"
#include "net/route_key.hpp"
#include "policy/options.hpp"

namespace pipit::control {

using WallTime = std::chrono::system_clock::time_point;
using Seconds = std::chrono::seconds;

/// One family of a neighbor. Counters are of paths; all zero while the session is down.
struct FamilyRow {
  net::Family family;
  bool negotiated = false;
  std::uint64_t received = 0;    // in Adj-RIB-In, before policy
  std::uint64_t accepted = 0;    // of these, accepted by import policy and checks
  std::uint64_t rejected = 0;    // of these, not accepted
  std::uint64_t advertised = 0;  // in Adj-RIB-Out
  std::optional<std::uint32_t> max_prefixes;
  bool end_of_rib_received = false;
  bool end_of_rib_sent = false;
};

/// One line of `show neighbors`.
struct NeighborSummary {
  std::string name;
  std::string description;
  net::ScopedAddress address;
  std::optional<std::uint32_t> asn;  // configured, else of the OPEN; nullopt: not known yet
  std::uint32_t local_asn = 0;
  bool internal = false;
  std::string state = "Idle";       // RFC 4271 §8.2.2 names
  bool shutdown = false;            // administratively down
  std::optional<Seconds> uptime;    // of the Established session
  std::optional<Seconds> downtime;  // since the last Established session ended; nullopt: never up
  std::uint64_t established_count = 0;
  std::string group;  // of the configuration; empty: none
  std::vector<FamilyRow> families;
  /// What ended the last session or the last exchange of OPENs; of a neighbor that never came so
  /// far what hinders it to connect. Empty: none.
  std::string last_error;
  std::optional<WallTime> last_error_at;
  bool last_error_past = false;  // a session is up since
  std::string connect_error;     // why no TCP connection comes about now; empty: nothing known
  std::optional<WallTime> connect_error_at;
  /// What an operator should know, e.g. "no import policy: nothing is accepted (RFC 8212)".
  std::vector<std::string> warnings;
};

/// A NOTIFICATION that went over the session.
struct NotificationModel {
  std::uint8_t code = 0;
  std::uint8_t subcode = 0;
  std::string name;     // "Cease/Administrative Shutdown"
  std::string message;  // the shutdown communication (RFC 9003)
  std::string data;     // in hex
  std::optional<WallTime> at;
};

/// One capability (RFC 5492) and who of the two has sent it.
struct CapabilityRow {
  std::uint8_t code = 0;
  std::string name;    // "Multiprotocol Extensions"; "unknown" for one without a name
  std::string detail;  // "ipv4-unicast"; hex octets of an unknown one
  bool sent = false;
  bool received = false;
};

/// Messages of one type, both ways.
struct MessageCount {
  std::string type;  // "open", "update", "notification", "keepalive", "route-refresh"
  std::uint64_t sent = 0;
  std::uint64_t received = 0;
};

/// A timer of the session: what was configured, what was negotiated, what is left.
struct TimerRow {
  std::string name;  // "hold", "keepalive", "connect-retry", "send-hold", "idle-hold"
  Seconds configured{0};
  std::optional<Seconds> negotiated;
  std::optional<Seconds> remaining;  // nullopt: not running
};

/// An error in an UPDATE (RFC 7606 §6).
struct UpdateErrorRow {
  WallTime at;
  std::string action;                 // "treated as withdraw"
  std::uint8_t attribute = 0;         // 0: not about one attribute
  std::string reason;                 // in words, with the RFC section
  std::string rule;                   // the section alone: "RFC 7606 7.1"
  std::string octets;                 // what was wrong, in hex, cut
  std::vector<std::string> prefixes;  // of the UPDATE, the first ones
  std::uint64_t prefix_count = 0;     // all of them
};

/// What a session that is not there waits for.
struct WaitModel {
  std::string kind;    // "shutdown", "damping", "prefix-limit", "connect-retry", "passive"
  std::string reason;  // in words
  std::optional<Seconds> remaining;  // nullopt: no time ends it
  std::string ended_by;              // in words
};

/// UPDATE errors by what they led to (RFC 7606 §2).
struct UpdateErrorCounters {
  std::uint64_t attribute_discarded = 0;
  std::uint64_t treated_as_withdraw = 0;
  std::uint64_t session_reset = 0;
  std::string last;                    // in words, with the RFC section
  std::vector<UpdateErrorRow> recent;  // the newest first
};

/// A session that came up or ended, or an attempt that failed.
struct StateChangeRow {
  WallTime at;     // the last time
  WallTime since;  // the first time in a row
  std::uint32_t times = 1;
  std::string from;  // states
  std::string to;
  std::string reason;  // empty: it went well
};

/// Routes that import refused before policy in this session.
struct RefusedRow {
  std::string_view reason;  // "as-set"
  std::string_view text;    // in words, with the section that says so
  std::uint64_t routes = 0;
};

/// Connections of a neighbor.
struct ConnectionCounts {
  std::uint64_t refused = 0;
  std::uint64_t low_ttl = 0;  // of these, for the TTL of their SYN (RFC 5082)
};

/// All about one neighbor.
struct NeighborDetail {
  NeighborSummary summary;
  std::optional<net::Endpoint> local_endpoint;   // of the TCP connection
  std::optional<net::Endpoint> remote_endpoint;  // of the TCP connection
  std::uint16_t port = 179;
  bool passive = false;
  std::uint8_t ttl = 0;                      // of what is sent
  std::optional<std::uint8_t> ttl_security;  // RFC 5082: hops
  bool password = false;                     // TCP MD5 is on
  std::optional<net::IpAddress> router_id;   // the peer's BGP Identifier
  std::string hostname;                      // the peer's, of the FQDN capability
  std::string shutdown_message;              // configured or of `neighbor disable`
  std::optional<WaitModel> waiting;          // nullopt: there, or coming up
  std::uint32_t failures_in_a_row = 0;       // as damping counts them
  std::uint64_t failures = 0;                // since the start
  ConnectionCounts connections;
  std::vector<TimerRow> timers;
  std::vector<CapabilityRow> capabilities;
  std::vector<MessageCount> messages;
  UpdateErrorCounters update_errors;
  std::vector<RefusedRow> refused;
  std::vector<StateChangeRow> history;  // the newest first
  std::optional<WallTime> last_state_change_at;
  std::optional<WallTime> last_update_received_at;
  std::optional<WallTime> last_update_sent_at;
  std::optional<NotificationModel> notification_sent;      // the last one
  std::optional<NotificationModel> notification_received;  // the last one
  std::uint64_t octets_sent = 0;
  std::uint64_t octets_received = 0;
  std::uint64_t write_queue = 0;  // octets
  bool route_reflector_client = false;
  std::optional<net::IpAddress> cluster_id;
  std::string next_hop_self;  // "auto", "self", "always", "unchanged"
  bool route_server_client = false;
  std::uint8_t allow_own_as = 0;
  std::string import_policy;  // empty: none
  std::string export_policy;
  std::optional<std::uint32_t> update_group;
};

/// What refused a path at import.
struct RejectionModel {
  std::string stage;         // as of a step of `explain`: "own-as", "import-policy"
  std::string text;          // with the values that were looked at: "from-tor rejects by rule 2"
  std::string section;       // "RFC 4456 §8"; empty: none
  std::string policy;        // that rejected; empty: it was no policy
  std::uint32_t number = 0;  // of its rule, as the operator counts, from 1; 0: of no rule
  std::string place;         // of the rule: "pipitd.yaml:12"
};

/// One path. Views are borrowed: valid only while the sink that was given the row runs, or, of a
/// model that a call returned, until control goes back to the event loop.
struct RouteRow {
  net::RouteKey key;
  bool best = false;
  bool multipath = false;  // equal to the best one, also in use
  bool stale = false;      // kept of a session that is down
  bool valid = true;       // fit for the decision process
  policy::SourceKind source_kind = policy::SourceKind::Bgp;
  std::string_view source;  // neighbor's name, "kernel" or "originate"
  std::uint32_t path_id = 0;
  std::optional<Seconds> age;
  std::string_view reason;  // why it isn't best, or isn't valid; empty for the best
  const RejectionModel* rejection = nullptr;  // where that is asked for; borrowed too
  bgp::AttributesView attributes;
};

/// A hop that packets leave through.
struct HopModel {
  std::optional<net::IpAddress> gateway;  // nullopt: directly on the interface
  std::string interface;
  bool onlink = false;
};

/// A route between the kernel and the RIB.
struct KernelRouteRow {
  enum class Direction : std::uint8_t { Imported, Exported };
  enum class State : std::uint8_t { Installed, Pending, Failed };

  net::Prefix prefix;
  Direction direction = Direction::Imported;
  State state = State::Installed;
  std::uint32_t table = 0;
  std::string protocol;  // rtnetlink name or number
  std::uint32_t metric = 0;
  std::optional<net::IpAddress> preferred_source;
  std::vector<HopModel> hops;  // empty: blackhole and the like
  std::string type;            // "unicast", "blackhole", "unreachable", "prohibit", "throw"
  std::string error;           // of the last attempt, in words
};

/// A next hop of BGP routes and how it resolves.
struct NextHopRow {
  net::ScopedAddress address;
  bool reachable = false;
  bool connected = false;
  std::uint32_t cost = 0;          // IGP cost
  std::optional<net::Prefix> via;  // the route that resolves it
  std::vector<HopModel> hops;
};

/// An update group.
struct GroupRow {
  std::uint32_t id = 0;
  net::Family family;
  std::string type;           // "internal", "external", "reflector client"
  std::string export_policy;  // empty: none
  std::vector<std::string> members;
  std::vector<std::string> lagging;  // members that are out of step and will be walked again
  std::uint64_t slow_events = 0;     // how often a member was found not to keep up
  std::uint64_t advertised = 0;      // destinations
  std::uint64_t backlog = 0;         // journal entries still to read
  std::uint64_t messages = 0;        // UPDATEs encoded
  std::uint64_t octets = 0;          // of these
};

/// One table.
struct TableModel {
  net::Family family;
  std::uint64_t destinations = 0;
  std::uint64_t paths = 0;
  std::uint64_t best = 0;  // destinations that have a best path
};

struct KernelModel {
  bool importing = false;
  bool exporting = false;
  std::uint64_t imported = 0;  // routes
  std::uint64_t exported = 0;
  std::uint64_t pending = 0;
  std::uint64_t failed = 0;
  std::uint64_t overruling = 0;    // exported routes that go before one of another program
  std::string overruling_example;  // the prefix of one; empty: there is none
  bool checking = false;           // being read from the kernel: the numbers may change
  std::uint64_t resyncs = 0;       // dumps after lost notifications
  std::uint64_t audits = 0;        // comparisons with the kernel, now and then
  // Found by these or after lost notifications, and repaired.
  std::uint64_t missing = 0;
  std::uint64_t different = 0;
  std::uint64_t leftover = 0;
  std::string last_error;
};

/// How well the event loop kept up since the start.
struct LoopModel {
  std::chrono::microseconds longest_turn{0};  // CPU time of one step of work
  std::chrono::microseconds latest_timer{0};  // the most by which a session's timer was late
};

/// A neighbor that should be up.
struct DownRow {
  std::string name;
  std::string state;
  std::optional<Seconds> downtime;  // nullopt: never up
  std::string reason;
};

/// An address that connections are to be accepted at and are not.
struct ListenFailureRow {
  net::Endpoint address;
  std::string error;        // in words
  Seconds next_attempt{0};  // from now
};

struct NeighborCounts {
  std::uint64_t configured = 0;
  std::uint64_t established = 0;
  std::uint64_t shutdown = 0;
};

/// The one screen.
struct StatusModel {
  std::string version;
  std::uint32_t asn = 0;
  net::IpAddress router_id;
  std::optional<net::IpAddress> cluster_id;
  std::string hostname;
  std::int64_t pid = 0;
  WallTime started_at;
  Seconds uptime{0};
  std::string config_file;
  std::optional<WallTime> config_loaded_at;
  std::uint32_t config_number = 0;               // of the running one in the history
  std::optional<WallTime> config_confirm_until;  // it goes back then, unless it is confirmed
  std::vector<net::Endpoint> listen;
  std::vector<ListenFailureRow> listen_failed;
  NeighborCounts neighbors;
  std::vector<DownRow> down;  // but for those that are shut down
  std::vector<TableModel> tables;
  KernelModel kernel;
  LoopModel loop;
  std::uint64_t resident_octets = 0;
  std::vector<std::string> warnings;  // policy-less neighbors, failing kernel routes, last reload
};

/// One consumer of memory.
struct MemoryRow {
  std::string name;  // "attributes", "paths", "journal", "adj-rib-out", "write-queues"...
  std::uint64_t octets = 0;
  std::uint64_t items = 0;
};

struct MemoryModel {
  std::uint64_t resident_octets = 0;
  std::vector<MemoryRow> parts;
};

/// The effective configuration, defaults included, secrets left out.
struct ConfigModel {
  std::string file;
  std::string yaml;
  std::string json;  // the same as one JSON object; empty: not available
};

}  // namespace pipit::control

// What is shown of neighbors and their sessions.
#pragma once

#include <array>

#include "control/protocol/field.hpp"

namespace pipit::control::shown {

inline constexpr std::array kNeighborFamilyFields{
    rows::flag("negotiated", "both sides have announced the family"),
    rows::count("received", "paths in Adj-RIB-In, before policy"),
    rows::count("accepted", "of these, accepted by import policy and checks"),
    rows::count("rejected", "of these, not accepted"),
    rows::count("advertised", "destinations in Adj-RIB-Out"),
    rows::count("max_prefixes", "the limit as configured; null: none").or_null(),
    rows::flag("end_of_rib_received", "in this session"),
    rows::flag("end_of_rib_sent", "in this session"),
};
/// Counters are all zero while the session is down.
inline constexpr Record kNeighborFamily{"A family of a neighbor", kNeighborFamilyFields};

inline constexpr std::array kNeighborFields{
    rows::text("name", "as configured"),
    rows::text("description", "as configured"),
    rows::address("address", "of the neighbor"),
    rows::number("asn", "as configured, else of the OPEN; null while it is not known").or_null(),
    rows::number("local_asn", "our AS in the session"),
    rows::word("type", "internal|external", ""),
    rows::word("state", "Idle|Connect|Active|OpenSent|OpenConfirm|Established", "RFC 4271 §8.2.2"),
    rows::flag("shutdown", "administratively down"),
    rows::seconds("uptime_seconds", "of the Established session; null: there is none").or_null(),
    rows::seconds("downtime_seconds", "since the last session ended; null: up, or never was")
        .or_null(),
    rows::count("established_count", "sessions that reached Established").growing(),
    rows::text("group", "as configured; empty: none"),
    rows::map("families", kNeighborFamily, "by name of the family"),
    rows::text("last_error",
               "what ended the last session or the last exchange of OPENs; what hinders the "
               "connection never takes its place, save where there was none. Null: none")
        .or_null(),
    rows::timestamp("last_error_at", "null: there is none").or_null(),
    rows::flag("last_error_past", "a session is up since"),
    rows::text("connect_error",
               "why no TCP connection comes about now, with numbers: a RST, an ICMP message and "
               "its sender, no answer to ARP, no route, TTL, SYNs unanswered for so many seconds. "
               "Behind _likely_ stands what the kernel's counters of dropped segments suggest "
               "(another, a missing or an unexpected MD5 password, TTL security); these are of the "
               "whole host. Null: connected, or nothing is known yet")
        .or_null(),
    rows::timestamp("connect_error_at", "null: there is none").or_null(),
    rows::text("warnings", "e.g. that no policy lets routes in or out (RFC 8212)").list(),
};
inline constexpr Record kNeighbor{"A neighbor", kNeighborFields};

inline constexpr std::array kNotificationFields{
    rows::number("code", ""),
    rows::number("subcode", ""),
    rows::text("name", "`Cease/Administrative Shutdown`"),
    rows::text("message", "the shutdown communication (RFC 9003)"),
    rows::hex("data", ""),
    rows::timestamp("at", "").or_null(),
};
inline constexpr Record kNotification{"A NOTIFICATION", kNotificationFields};

inline constexpr std::array kCapabilityFields{
    rows::number("code", "RFC 5492"),
    rows::text("name", "`unknown` for one without a name"),
    rows::text("detail",
               "the content in words; of one without a published format or malformed in hex"),
    rows::flag("sent", "by us"),
    rows::flag("received", "of the neighbor"),
};
inline constexpr Record kCapability{"A capability", kCapabilityFields};

inline constexpr std::array kMessageCountFields{
    rows::count("sent", "").growing(),
    rows::count("received", "").growing(),
};
inline constexpr Record kMessageCount{"Messages of a type", kMessageCountFields};

inline constexpr std::array kTimerFields{
    rows::word("name", "hold|keepalive|connect-retry|send-hold|idle-hold", ""),
    rows::seconds("configured_seconds", ""),
    rows::seconds("negotiated_seconds", "null: nothing is negotiated").or_null(),
    rows::seconds("remaining_seconds", "null: not running").or_null(),
};
inline constexpr Record kTimer{"A timer", kTimerFields};

inline constexpr std::array kUpdateErrorFields{
    rows::timestamp("at", ""),
    rows::word("action", "attribute discarded|treated as withdraw|session reset", "RFC 7606 §2"),
    rows::number("attribute", "its code; 0: not about one attribute"),
    rows::text("reason", "with the RFC section"),
    rows::text("rule", "the section alone"),
    rows::hex("octets", "what was wrong, the first ones"),
    rows::prefix("prefixes", "of the UPDATE, the first 16").list(),
    rows::count("prefix_count", "of all of them"),
};
inline constexpr Record kUpdateError{"An error in an UPDATE", kUpdateErrorFields};

inline constexpr std::array kUpdateErrorsFields{
    rows::count("attribute_discarded", "UPDATEs of which an attribute was discarded").growing(),
    rows::count("treated_as_withdraw", "UPDATEs that were treated as withdraw").growing(),
    rows::count("session_reset", "UPDATEs that ended the session").growing(),
    rows::text("last", "the newest reason, with the RFC section"),
    rows::record("recent", kUpdateError, "the newest first, at most 32").list(),
};
inline constexpr Record kUpdateErrors{"Errors in UPDATEs (RFC 7606)", kUpdateErrorsFields};

inline constexpr std::array kWaitFields{
    rows::word("for", "shutdown|damping|prefix-limit|connect-retry|passive", ""),
    rows::text("reason", ""),
    rows::seconds("remaining_seconds", "null: no time ends it").or_null(),
    rows::text("ended_by", "what ends it"),
};
inline constexpr Record kWait{"What a session that is not there waits for", kWaitFields};

inline constexpr std::array kStateChangeFields{
    rows::timestamp("at", "the last time"),
    rows::timestamp("since", "the first time in a row"),
    rows::count("times", "the same again and again is one row"),
    rows::text("from", "the state before"),
    rows::text("to", "the state after"),
    rows::text("reason", "empty: it went well"),
};
inline constexpr Record kStateChange{"A session that came up or ended, or an attempt that failed",
                                     kStateChangeFields};

inline constexpr std::array kRefusedRoutesFields{
    rows::text("reason", "as `stage` of a path's `rejected_by`"),
    rows::text("text", "with the section that says so"),
    rows::count("routes", ""),
};
inline constexpr Record kRefusedRoutes{"Routes that import refused before policy",
                                       kRefusedRoutesFields};

inline constexpr std::array kConnectionsFields{
    rows::count("refused", "connections of the neighbor that were refused").growing(),
    rows::count("low_ttl", "of these, for the TTL of their SYN (RFC 5082)").growing(),
};
inline constexpr Record kConnections{"Connections of a neighbor", kConnectionsFields};

inline constexpr std::array kNeighborDetailFields{
    rows::fields_of(kNeighbor),
    rows::endpoint("local_endpoint", "of the TCP connection; null: there is none").or_null(),
    rows::endpoint("remote_endpoint", "of the TCP connection; null: there is none").or_null(),
    rows::number("port", "that we connect to"),
    rows::flag("passive", "we do not connect"),
    rows::number("ttl", "of what is sent"),
    rows::number("ttl_security", "hops (RFC 5082); null: off").or_null(),
    rows::flag("password", "TCP MD5 is on"),
    rows::address("router_id", "the neighbor's BGP Identifier; null: it sent none yet").or_null(),
    rows::text("hostname", "the neighbor's, of the FQDN capability; empty: it sent none"),
    rows::text("shutdown_message", "as configured or of `neighbor disable`"),
    rows::record("waiting", kWait, "null: there is a session, or it is coming up").or_null(),
    rows::count("failures_in_a_row", "as damping counts them, since a stable session"),
    rows::count("failures", "ends that lengthened the wait before the next attempt").growing(),
    rows::record("connections", kConnections, ""),
    rows::record("timers", kTimer, "").list(),
    rows::record("capabilities", kCapability, "unknown ones too").list(),
    rows::map("messages",
              kMessageCount,
              "by type: `open`, `update`, `notification`, `keepalive`, `route-refresh`"),
    rows::record("update_errors", kUpdateErrors, ""),
    rows::timestamp("last_state_change_at", "null: never").or_null(),
    rows::timestamp("last_update_received_at", "null: never").or_null(),
    rows::timestamp("last_update_sent_at", "null: never").or_null(),
    rows::record("history", kStateChange, "the newest first, at most 16").list(),
    rows::record("refused_routes", kRefusedRoutes, "since the session came up").list(),
    rows::record("notification_sent", kNotification, "the last one; null: none").or_null(),
    rows::record("notification_received", kNotification, "the last one; null: none").or_null(),
    rows::octets("octets_sent", "").growing(),
    rows::octets("octets_received", "").growing(),
    rows::octets("write_queue_octets", "that wait to be sent"),
    rows::flag("route_reflector_client", ""),
    rows::flag("route_server_client", ""),
    rows::address("cluster_id", "of route reflection; null: none").or_null(),
    rows::word("next_hop_self", "auto|self|always|unchanged", ""),
    rows::number("allow_own_as", "how often our AS may stand in a path"),
    rows::text("import_policy", "empty: none"),
    rows::text("export_policy", "empty: none"),
    rows::number("update_group", "as in `show groups`, the first of them; null: in none").or_null(),
};
inline constexpr Record kNeighborDetail{"All about a neighbor", kNeighborDetailFields};

inline constexpr std::array kFailedNeighborFields{
    rows::text("name", ""),
    rows::text("error", ""),
};
inline constexpr Record kFailedNeighbor{"A neighbor that it was not done with",
                                        kFailedNeighborFields};

inline constexpr std::array kManyNeighborsFields{
    rows::flag("ok", "done with each of them"),
    rows::text("message", "a sentence that says what was done"),
    rows::text("neighbors", "the names of those that it was done with").list(),
    rows::record("failed", kFailedNeighbor, "the others").list(),
};
inline constexpr Record kManyNeighbors{"What was done with many neighbors", kManyNeighborsFields};

}  // namespace pipit::control::shown

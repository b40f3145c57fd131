// What is shown of the daemon itself: status, memory, update groups, policies; and the last lines
// of answers.
#pragma once

#include <array>

#include "control/protocol/field.hpp"

namespace pipit::control::shown {

inline constexpr std::array kGroupFields{
    rows::number("id", "stays the same while the group lives"),
    rows::family("family", ""),
    rows::text("type", "what its members have in common: `internal`, `reflector client`"),
    rows::text("export_policy", "empty: none"),
    rows::text("members", "names of neighbors").list(),
    rows::text("lagging", "members that do not read and are out of step, or hold the group up")
        .list(),
    rows::count("slow_events", "how often a member was found not to keep up").growing(),
    rows::count("advertised", "destinations in the Adj-RIB-Out"),
    rows::count("backlog", "changes that the group has yet to read"),
    rows::count("messages", "UPDATEs encoded, once for all members").growing(),
    rows::octets("octets", "of these").growing(),
};
inline constexpr Record kGroup{"An update group", kGroupFields};

inline constexpr std::array kRuleFields{
    rows::number("number", "as the operator counts, from 1"),
    rows::text("match", "none: every route").list(),
    rows::text("set", "none: nothing").list(),
    rows::text("then", "`accept`"),
    rows::count("hits", "routes that it matched since the policy was loaded").growing(),
    rows::text("place", "`file:line`"),
};
inline constexpr Record kRule{"A rule of a policy", kRuleFields};

inline constexpr std::array kPolicyFields{
    rows::text("name", ""),
    rows::text("used_by", "`tor-a import`, `kernel export`, `policy x`").list(),
    rows::record("rules", kRule, "").list(),
};
inline constexpr Record kPolicy{"A policy", kPolicyFields};

inline constexpr std::array kSetFields{
    rows::text("name", ""),
    rows::word("kind", "prefixes|prefix-origins|communities|as-numbers|as-paths|neighbors", ""),
    rows::count("entries", ""),
    rows::text("file", "where they come from; empty: the configuration"),
    rows::text("used_by", "names of policies").list(),
};
inline constexpr Record kSet{"A set", kSetFields};

inline constexpr std::array kTableFields{
    rows::count("destinations", ""),
    rows::count("paths", ""),
    rows::count("best", "destinations that have a best path"),
};
inline constexpr Record kTable{"A table", kTableFields};

inline constexpr std::array kKernelFields{
    rows::flag("importing", ""),
    rows::flag("exporting", ""),
    rows::count("imported", "routes"),
    rows::count("exported", "routes"),
    rows::count("pending",
                "routes to be written, or to be found again after notifications of the kernel were "
                "lost"),
    rows::count("failed", "routes"),
    rows::count("overruling", "exported routes that go before one of another program"),
    rows::flag("checking", "the kernel is being read: the numbers may change"),
    rows::count("resyncs", "how often notifications were lost").growing(),
    rows::count("audits", "comparisons of `kernel.export.audit`").growing(),
    rows::count("missing", "routes that audits, or what follows losses, found so and repaired")
        .growing(),
    rows::count("different", "likewise").growing(),
    rows::count("leftover", "likewise").growing(),
    rows::text("last_error", "empty: none"),
};
inline constexpr Record kKernel{"The kernel", kKernelFields};

inline constexpr std::array kLoopFields{
    rows::seconds(
        "longest_turn_seconds",
        "CPU time of the longest step that nothing else could interrupt, since the start; "
        "with a fraction"),
    rows::seconds("latest_timer_seconds",
                  "the most by which a session's timer fired late, since the start; with a "
                  "fraction"),
};
inline constexpr Record kLoop{"How well the event loop kept up", kLoopFields};

inline constexpr std::array kDownFields{
    rows::text("name", ""),
    rows::text("state", ""),
    rows::seconds("downtime_seconds", "null: never up").or_null(),
    rows::text("reason", ""),
};
inline constexpr Record kDown{"A neighbor that should be up", kDownFields};

inline constexpr std::array kListenFailureFields{
    rows::endpoint("address", ""),
    rows::text("error", ""),
    rows::seconds("next_attempt_seconds", "from now"),
};
inline constexpr Record kListenFailure{
    "An address that connections are to be accepted at and are not", kListenFailureFields};

inline constexpr std::array kNeighborCountsFields{
    rows::count("configured", ""),
    rows::count("established", ""),
    rows::count("shutdown", "administratively down"),
};
inline constexpr Record kNeighborCounts{"How many neighbors there are", kNeighborCountsFields};

inline constexpr std::array kStatusFields{
    rows::text("version", ""),
    rows::number("asn", ""),
    rows::address("router_id", ""),
    rows::address("cluster_id", "null: none").or_null(),
    rows::text("hostname", ""),
    rows::number("pid", ""),
    rows::timestamp("started_at", ""),
    rows::seconds("uptime_seconds", ""),
    rows::text("config_file", ""),
    rows::timestamp("config_loaded_at", "").or_null(),
    rows::number("config_number", "of the running one in `show config` with `history`"),
    rows::timestamp("config_confirm_until", "it goes back then; null: it stays").or_null(),
    rows::endpoint("listen", "where connections are accepted").list(),
    rows::record("listen_failed", kListenFailure, "").list(),
    rows::record("neighbors", kNeighborCounts, ""),
    rows::record("down", kDown, "but for those that are shut down").list(),
    rows::map("tables", kTable, "by name of the family"),
    rows::record("kernel", kKernel, ""),
    rows::record("loop", kLoop, ""),
    rows::octets("resident_octets", "memory of the process"),
    rows::text("warnings", "").list(),
};
inline constexpr Record kStatus{"The one screen", kStatusFields};

inline constexpr std::array kMemoryPartFields{
    rows::text(
        "name",
        "`attributes`, `destinations`, `paths`, `index` (of destinations), `journal`, "
        "`queues` (destinations to be decided or freed), `next-hops`, `adj-rib-out` (a group "
        "an item), `packing` (buffers for the next messages), `write-queues` (a buffer that "
        "several sessions share counts once), `sessions`, `kernel-view`, `kernel-writer`, "
        "`program` (resident pages of its files), `free` (the allocator got it back and "
        "keeps it for reuse)"),
    rows::octets("octets", ""),
    rows::count("items", "0: not counted"),
};
inline constexpr Record kMemoryPart{"What memory is used for", kMemoryPartFields};

inline constexpr std::array kMemoryFields{
    rows::octets("resident_octets", "memory of the process"),
    rows::record("parts", kMemoryPart, "which add up to about the resident octets").list(),
};
inline constexpr Record kMemory{"Memory", kMemoryFields};

inline constexpr std::array kDoneFields{
    rows::flag("done", "true; stands in the last line of an answer, and only there"),
};
inline constexpr Record kDone{"An answer that is complete", kDoneFields};

inline constexpr std::array kListEndFields{
    rows::fields_of(kDone),
    rows::count("total", "rows that were sent, or, with `count`, would have been"),
    rows::flag("truncated", "true: `limit` left some out; else it is left out itself").or_absent(),
};
inline constexpr Record kListEnd{"The end of a list", kListEndFields};

inline constexpr std::array kKernelEndFields{
    rows::record("kernel", kKernel, ""),
};
inline constexpr Record kKernelEnd{"The end of the kernel's routes", kKernelEndFields};

inline constexpr std::array kMessageFields{
    rows::text("message", "a sentence that says what was done"),
};
inline constexpr Record kMessage{"What was done", kMessageFields};

inline constexpr std::array kErrorFields{
    rows::text("error", "in words"),
    rows::word("code",
               "usage|not-found|refused|protocol",
               "`usage`: the request does not fit the table of commands; `not-found`: no such "
               "neighbor, destination, file; `refused`: it can't be done now, the text says why; "
               "`protocol`: it was no request (not JSON, too long, cut off), and the connection "
               "ends"),
};
inline constexpr Record kError{"An error", kErrorFields};

}  // namespace pipit::control::shown

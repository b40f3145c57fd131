// What is shown of configurations: the running one, its history, differences, reloads and what they
// would do.
#pragma once

#include <array>

#include "control/protocol/field.hpp"
#include "control/protocol/shown_routes.hpp"

namespace pipit::control::shown {

inline constexpr std::array kConfigFields{
    rows::text("file", ""),
    rows::text("yaml", "the effective configuration, defaults included, secrets left out"),
    rows::json("config", "the same as an object; null: not available").or_null(),
};
inline constexpr Record kConfig{"The running configuration", kConfigFields};

inline constexpr std::array kConfigCheckFields{
    rows::flag("ok", "false: it has errors, and nothing has changed"),
    rows::text("diagnostics", "all errors and warnings, as `pipitd --check` prints them"),
};
inline constexpr Record kConfigCheck{"A configuration that was checked", kConfigCheckFields};

inline constexpr std::array kReloadFields{
    rows::fields_of(kConfigCheck),
    rows::text("added", "names of neighbors").list(),
    rows::text("removed", "names of neighbors").list(),
    rows::text("reset", "names of neighbors that changed in a way that takes the session down")
        .list(),
    rows::text("updated", "names of neighbors that changed in place").list(),
    rows::count("keys", "of the configuration that are different"),
    rows::number("number", "of the configuration in the history"),
    rows::timestamp("confirm_until", "it goes back then, unless it is confirmed; null: it stays")
        .or_null(),
};
inline constexpr Record kReload{"A reload, or what it would be", kReloadFields};

inline constexpr std::array kConfigChangeFields{
    rows::text("path", "`neighbors.tor-a.timers.hold`, `originate[10.0.0.0/8]`"),
    rows::text("before", "on one line; empty: not there"),
    rows::text("after", "likewise"),
    rows::word(
        "effects", "in-place|decision|import|export|originate|kernel|shutdown|reset", "of a reload")
        .list(),
};
inline constexpr Record kConfigChange{"A key that is different", kConfigChangeFields};

inline constexpr std::array kRequesterFields{
    rows::text("user", "empty: the number has no name"),
    rows::number("uid", ""),
    rows::number("pid", ""),
};
inline constexpr Record kRequester{"Who asked for it", kRequesterFields};

inline constexpr std::array kConfigHistoryFields{
    rows::number("number", ""),
    rows::timestamp("applied_at", ""),
    rows::text("by", "`start`, `SIGHUP`, `reload`, `rollback to 3`, `no confirmation`"),
    rows::record("requester", kRequester, "null: nobody").or_null(),
    rows::flag("running", "it is the one in force"),
    rows::flag("kept", "can be gone back to"),
    rows::count("changes", "keys that were different from the one before"),
    rows::record("first_changes", kConfigChange, "up to 20, long values cut").list(),
};
inline constexpr Record kConfigHistory{"A configuration that was applied", kConfigHistoryFields};

inline constexpr std::array kPlannedCountsFields{
    rows::count("accepted", "import takes what it did not take"),
    rows::count("rejected", "import no longer takes it"),
    rows::count("changed", "import gives it other attributes"),
    rows::count("lost", "was accepted, and its session or its family is gone"),
    rows::count("announced", "is sent, and was not; of the kernel: enters it"),
    rows::count("withdrawn", "was sent, and no longer is; of the kernel: leaves it"),
    rows::count("updated", "is sent with other attributes; of the kernel: leads elsewhere"),
    rows::count("moved", "of the kernel: to another table, metric or protocol"),
};
inline constexpr Record kPlannedCounts{"How many routes change in which way", kPlannedCountsFields};

inline constexpr std::array kPlannedSessionFields{
    rows::word("becomes",
               "stays|reset|ends|starts|down",
               "`reset`: goes down and comes back; `down`: there is none"),
    rows::text("reason", "of `reset` and `ends`"),
    rows::text("comes_back", "of `ends`: what brings it back; empty: nothing that is known"),
    rows::seconds("restart_after",
                  "tried again after that time, to end again at `max-prefixes`; or null")
        .or_null(),
    rows::count("received", "prefixes that the neighbor announces now"),
};
inline constexpr Record kPlannedSession{"What becomes of a session", kPlannedSessionFields};

inline constexpr std::array kPlannedNeighborFields{
    rows::text("name", "`kernel` stands for the kernel; its row comes last"),
    rows::word("change", "added|removed|reset|updated|none", ""),
    rows::text("keys", "what changed for it").list(),
    rows::flag("established", "else nothing is known of what it is sent"),
    rows::record("session", kPlannedSession, ""),
    rows::fields_of(kPlannedCounts),
    rows::record("while_down",
                 kPlannedCounts,
                 "the same numbers for the time until sessions that are reset are back; all zero "
                 "when none is reset"),
};
inline constexpr Record kPlannedNeighbor{
    "What a reload would do to a neighbor, or the kernel", kPlannedNeighborFields,
    "Counts compare with now once sessions that are reset are back. Sessions are taken to come "
    "back "
    "with the routes that they had, unless something that is known keeps them from it (another AS, "
    "password, address, or `max-prefixes`): these end. Of the kernel, `accepted`, `rejected` and "
    "`changed` are what other rules of `kernel.import` would make of its routes."};

inline constexpr std::array kPlannedRouteFields{
    rows::fields_of(kRouteKey),
    rows::family("family", ""),
    rows::text("neighbor", "its name, or `kernel`"),
    rows::word("direction", "import|export", ""),
    rows::word("change",
               "accepted|rejected|changed|lost|announced|withdrawn|updated|moved",
               "as of a neighbor's counts"),
    rows::flag("while_down", "compared with now while sessions that are reset are down"),
};
inline constexpr Record kPlannedRoute{"A route that a reload would change", kPlannedRouteFields};

}  // namespace pipit::control::shown

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/fields.hpp"
#include "cli/layout.hpp"
#include "cli/neighbor_text.hpp"
#include "cli/table.hpp"
#include "cli/view.hpp"
#include "cli/wording.hpp"

namespace pipit::cli {
namespace {

using namespace control::shown;
using nlohmann::json;

using Detail = Shown<kNeighborDetail>;

/// Of an error in an UPDATE.
constexpr std::size_t kErrorPrefixes = 4;

std::string notification_text(const Shown<kNotification>& notification) {
  if (!notification) {
    return "";
  }
  std::string out = fmt::format("{} ({}/{})", text(notification, "name"),
                                text(notification, "code"), text(notification, "subcode"));
  if (const auto message = text(notification, "message", ""); !message.empty()) {
    out += fmt::format(" \"{}\"", message);
  } else if (const auto data = text(notification, "data", ""); !data.empty()) {
    out += fmt::format(" data {}", data);
  }
  if (const auto at = text(notification, "at", ""); !at.empty()) {
    out += " at " + at;
  }
  return out;
}

std::string yes(bool value) {
  return value ? "yes" : "-";
}

class NeighborView final : public View {
 public:
  bool end(const json& last, Output& out) override {
    const Detail neighbor(last);
    write_head(neighbor, out);
    write_session(neighbor, out);
    write_policy(neighbor, out);
    warnings(out, texts(neighbor, "warnings"));
    write_families(neighbor, out);
    write_timers(neighbor, out);
    write_capabilities(neighbor, out);
    write_messages(neighbor, out);
    write_refused(neighbor, out);
    write_update_errors(record<kUpdateErrors>(neighbor, "update_errors"), out);
    write_history(neighbor, out);
    return true;
  }

 private:
  static void write_head(const Detail& neighbor, Output& out) {
    title(out, fmt::format("{}  {}  AS {} ({})", text(neighbor, "name"), text(neighbor, "address"),
                           text(neighbor, "asn", "unknown"), text(neighbor, "type")));
    const std::string since = since_text(neighbor);
    out.write(fmt::format("  {:<14} {}{}{}\n", "State",
                          out.styled(state_style(neighbor), printable(state_text(neighbor))),
                          established(neighbor) ? ", up for " : ", ", since));
    write_waiting(neighbor, out);
    line(out, "Description", text(neighbor, "description"));
    line(out, "Group", text(neighbor, "group"));
    line(out, "Shutdown text", text(neighbor, "shutdown_message"));
    line(out, "Established",
         fmt::format("{} since the start", plural(number(neighbor, "established_count"), "time")));
    write_errors(neighbor, out);
    line(out, "Sent last", notification_text(record<kNotification>(neighbor, "notification_sent")));
    line(out, "Received last",
         notification_text(record<kNotification>(neighbor, "notification_received")));
    write_times(neighbor, out);
  }

  static void write_errors(const Detail& neighbor, Output& out) {
    const std::string error = text(neighbor, "last_error", "");
    const std::string now = text(neighbor, "connect_error", "");
    if (!error.empty() && error != now) {
      line(out, "Last error",
           fmt::format("{} at {}{}", error, text(neighbor, "last_error_at"),
                       flag(neighbor, "last_error_past") ? ", past: the session is up since" : ""));
    }
    if (!now.empty()) {
      line(out, "Not connected",
           fmt::format("{} (since {})", now, text(neighbor, "connect_error_at")));
    }
  }

  static void write_times(const Detail& neighbor, Output& out) {
    line(out, "Last change", text(neighbor, "last_state_change_at", ""));
    const std::string received = text(neighbor, "last_update_received_at", "");
    const std::string sent = text(neighbor, "last_update_sent_at", "");
    if (!received.empty() || !sent.empty()) {
      line(out, "Last UPDATE",
           fmt::format("received {}, sent {}", received.empty() ? "none" : received,
                       sent.empty() ? "none" : sent));
    }
  }

  /// Why there is no session, for how long, and what ends that.
  static void write_waiting(const Detail& neighbor, Output& out) {
    if (const auto waiting = record<kWait>(neighbor, "waiting")) {
      const bool timed = has(waiting, "remaining_seconds");
      line(out, "Waiting",
           (timed ? duration_text(waiting, "remaining_seconds") + " more: " : "") +
               text(waiting, "reason"));
      line(out, "Until", text(waiting, "ended_by"));
    }
    if (number(neighbor, "failures") > 0) {
      line(out, "Failures",
           fmt::format("{} since the start, {} in a row", count_text(neighbor, "failures"),
                       count_text(neighbor, "failures_in_a_row")));
    }
    const auto connections = record<kConnections>(neighbor, "connections");
    if (number(connections, "refused") > 0) {
      const std::uint64_t low = number(connections, "low_ttl");
      line(out, "Refused",
           plural(number(connections, "refused"), "connection") + " of the neighbor" +
               (low > 0 ? fmt::format(", {} for a TTL too low", count(low)) : ""));
    }
  }

  static void write_session(const Detail& neighbor, Output& out) {
    if (has(neighbor, "local_endpoint")) {
      line(out, "Connection",
           fmt::format("{} - {}", text(neighbor, "local_endpoint"),
                       text(neighbor, "remote_endpoint")));
    }
    std::string transport =
        fmt::format("port {}, TTL {}", text(neighbor, "port"), text(neighbor, "ttl"));
    if (has(neighbor, "ttl_security")) {
      transport +=
          fmt::format(", TTL security {}", plural(number(neighbor, "ttl_security"), "hop"));
    }
    transport += flag(neighbor, "password") ? ", TCP MD5" : "";
    transport += flag(neighbor, "passive") ? ", passive" : "";
    line(out, "Transport", transport);
    if (has(neighbor, "router_id")) {
      const std::string host = text(neighbor, "hostname", "");
      line(out, "Peer",
           fmt::format("router id {}{}{}", text(neighbor, "router_id"),
                       host.empty() ? "" : ", host ", host));
    }
    line(out, "Traffic",
         fmt::format("{} sent, {} received, {} waiting to be sent",
                     octets_text(neighbor, "octets_sent"), octets_text(neighbor, "octets_received"),
                     octets_text(neighbor, "write_queue_octets")));
  }

  static void write_policy(const Detail& neighbor, Output& out) {
    const auto name = [](const std::string& policy) {
      return policy.empty() ? std::string("none") : policy;
    };
    line(out, "Policies",
         fmt::format("import {}, export {}", name(text(neighbor, "import_policy", "")),
                     name(text(neighbor, "export_policy", ""))));
    std::string routing = fmt::format("next-hop-self {}", text_or_dash(neighbor, "next_hop_self"));
    if (flag(neighbor, "route_reflector_client")) {
      routing +=
          fmt::format(", route reflector client in cluster {}", text(neighbor, "cluster_id"));
    }
    if (number(neighbor, "allow_own_as") > 0) {
      routing +=
          fmt::format(", own AS allowed {}", plural(number(neighbor, "allow_own_as"), "time"));
    }
    if (has(neighbor, "update_group")) {
      routing += fmt::format(", update group {}", text(neighbor, "update_group"));
    }
    line(out, "Routing", routing);
  }

  static void write_families(const Detail& neighbor, Output& out) {
    Table table({{"FAMILY"},
                 {"NEGOTIATED", Align::Left, 5},
                 {"RECEIVED", Align::Right, 1},
                 {"ACCEPTED", Align::Right, 2},
                 {"REJECTED", Align::Right, 3},
                 {"SENT", Align::Right, 1},
                 {"LIMIT", Align::Right, 6},
                 {"END-OF-RIB", Align::Left, 4}},
                2);
    for (const auto& [name, family] : named_records<kNeighborFamily>(neighbor, "families")) {
      const bool in = flag(family, "end_of_rib_received");
      const bool sent = flag(family, "end_of_rib_sent");
      table.add({name,
                 Cell(flag(family, "negotiated") ? "yes" : "no",
                      flag(family, "negotiated") ? Style::Good : Style::Dim),
                 count_text(family, "received"), count_text(family, "accepted"),
                 count_text(family, "rejected"), count_text(family, "advertised"),
                 count_text(family, "max_prefixes"),
                 in && sent ? "sent, received"
                 : in       ? "received"
                 : sent     ? "sent"
                            : "-"});
    }
    flush(table, out);
  }

  static void write_timers(const Detail& neighbor, Output& out) {
    Table table({{"TIMER"},
                 {"CONFIGURED", Align::Right},
                 {"NEGOTIATED", Align::Right},
                 {"LEFT", Align::Right}},
                2);
    for (const auto& timer : records<kTimer>(neighbor, "timers")) {
      table.add({text(timer, "name"), duration_text(timer, "configured_seconds"),
                 duration_text(timer, "negotiated_seconds"),
                 duration_text(timer, "remaining_seconds")});
    }
    flush(table, out);
  }

  static void write_capabilities(const Detail& neighbor, Output& out) {
    Table table({{"CAPABILITY", Align::Left, 0, 16},
                 {"CODE", Align::Right, 1},
                 {"US"},
                 {"PEER"},
                 {"DETAIL", Align::Left, 0, 16}},
                2);
    for (const auto& capability : records<kCapability>(neighbor, "capabilities")) {
      table.add({text(capability, "name"), text(capability, "code"), yes(flag(capability, "sent")),
                 yes(flag(capability, "received")), text_or_dash(capability, "detail")});
    }
    flush(table, out);
  }

  static void write_messages(const Detail& neighbor, Output& out) {
    Table table({{"MESSAGES"}, {"SENT", Align::Right}, {"RECEIVED", Align::Right}}, 2);
    for (const auto& [name, message] : named_records<kMessageCount>(neighbor, "messages")) {
      table.add({name, count_text(message, "sent"), count_text(message, "received")});
    }
    flush(table, out);
  }

  static void write_refused(const Detail& neighbor, Output& out) {
    for (const auto& refused : records<kRefusedRoutes>(neighbor, "refused_routes")) {
      out.write(fmt::format("  Not accepted before policy, {}: {}\n",
                            printable(text(refused, "text")), count_text(refused, "routes")));
    }
  }

  static void write_update_errors(const Shown<kUpdateErrors>& errors, Output& out) {
    if (number(errors, "attribute_discarded") + number(errors, "treated_as_withdraw") +
            number(errors, "session_reset") >
        0) {
      out.write(fmt::format(
          "  UPDATE errors: {} treated as withdraw, {} with an attribute discarded, {} ended the "
          "session; the last: {}\n",
          count_text(errors, "treated_as_withdraw"), count_text(errors, "attribute_discarded"),
          count_text(errors, "session_reset"), printable(text(errors, "last"))));
    }
    Table table({{"UPDATE ERRORS"},
                 {"DONE", Align::Left, 2},
                 {"WHAT", Align::Left, 0, 30},
                 {"PREFIXES", Align::Left, 1, 12}},
                2);
    for (const auto& error : records<kUpdateError>(errors, "recent")) {
      const std::uint64_t count = number(error, "prefix_count");
      const std::uint64_t shown = std::min<std::uint64_t>(count, kErrorPrefixes);
      const std::vector<std::string> listed = texts(error, "prefixes");
      std::string prefixes;
      for (std::size_t i = 0; i < shown && i < listed.size(); ++i) {
        prefixes += (prefixes.empty() ? "" : ", ") + listed[i];
      }
      if (const auto told = std::min<std::size_t>(shown, listed.size()); count > told) {
        prefixes += fmt::format(" and {} more", count - told);
      }
      table.add({text(error, "at"), text(error, "action"), text(error, "reason"),
                 prefixes.empty() ? "-" : prefixes});
    }
    flush(table, out);
  }

  static void write_history(const Detail& neighbor, Output& out) {
    Table table({{"HISTORY"},
                 {"TIMES", Align::Right, 2},
                 {"FROM", Align::Left, 1},
                 {"TO"},
                 {"WHY", Align::Left, 0, 30}},
                2);
    for (const auto& change : records<kStateChange>(neighbor, "history")) {
      const bool up = text(change, "to") == "Established";
      table.add({text(change, "at"), text(change, "times"), text(change, "from"),
                 Cell(text(change, "to"), up ? Style::Good : Style::Plain),
                 text_or_dash(change, "reason")});
    }
    flush(table, out);
  }

  static void flush(Table& table, Output& out) {
    if (table.held() > 0) {
      out.write("\n");
      table.flush(out);
    }
  }
};

}  // namespace

std::unique_ptr<View> make_neighbor_view() {
  return std::make_unique<NeighborView>();
}

}  // namespace pipit::cli

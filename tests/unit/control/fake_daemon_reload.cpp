// What the made-up daemon says of configurations.
#include "control/answer.hpp"
#include "tests/unit/control/fake_daemon.hpp"

namespace pipit::control::test {

std::vector<ConfigHistoryRow> FakeDaemon::config_history() const {
  const ConfigChangeRow change{"neighbors.n1.timers.hold", "90s", "30s", {"in-place"}};
  return {{.number = 2,
           .applied_at = WallTime(Seconds(1'700'000'000)),
           .by = "reload",
           .requester = Requester{.user = 0, .process = 4711},
           .user = "root",
           .running = true,
           .kept = true,
           .changes = 3,
           .first_changes = {change}},
          {.number = 1, .applied_at = WallTime(Seconds(1'600'000'000)), .by = "start"}};
}

void FakeDaemon::config_diff(const std::string& file,
                             std::string text,
                             Done<ConfigDiff> result) const {
  if (text.find("bad") != std::string::npos) {
    result(std::unexpected(Refusal{Refusal::Kind::Refused, file + " has errors"}));
    return;
  }
  result(std::vector<ConfigChangeRow>{
      {"neighbors.n1.asn", "65001", "65002", {"reset"}},
      {"originate[10.0.0.0/8]", "", R"({"prefix":"10.0.0.0/8"})", {"originate"}}});
}

namespace {

/// Rows that are at hand, of a walk that may turn out to be worth nothing.
class PlannedRows final : public Cursor<PlannedRow> {
 public:
  PlannedRows(std::vector<PlannedRow> rows, bool outdated)
      : rows_(std::move(rows)), outdated_(outdated) {}

  bool next(std::size_t max_rows, const std::function<void(const PlannedRow&)>& sink) override {
    return rows_.next(max_rows, sink);
  }

  std::optional<Refusal> failure() const override {
    return outdated_ ? std::optional(Refusal{Refusal::Kind::Refused, "outdated"}) : std::nullopt;
  }

 private:
  VectorCursor<PlannedRow> rows_;
  bool outdated_;
};

}  // namespace

void FakeDaemon::dry_run(bool routes, Done<DryRun> run) {
  if (!reload_ok) {
    run({.plan = {.ok = false, .diagnostics = "pipitd.yaml:3:5: unknown key\n"}, .rows = {}});
    return;
  }
  std::vector<PlannedRow> rows;
  if (routes) {
    rows.emplace_back(PlannedRoute{*net::RouteKey::parse("10.0.0.0/8"), "n1", true, "withdrawn"});
  }
  rows.emplace_back(PlannedNeighbor{.name = "n1",
                                    .change = "updated",
                                    .keys = {"export"},
                                    .established = true,
                                    .session = {.becomes = "ends",
                                                .reason = "shutdown",
                                                .comes_back = "",
                                                .restart_after = Seconds(300),
                                                .received = 7},
                                    .counts = {.lost = 7, .withdrawn = 1200},
                                    .while_down = {.updated = 3}});
  run({.plan = {.ok = true, .updated = {"n1"}, .keys = 1},
       .rows = std::make_unique<PlannedRows>(std::move(rows), dry_run_outdated)});
}

DaemonCommands::Result FakeDaemon::confirm(const Requester& by) {
  done.push_back(fmt::format("confirm by {}", by.user));
  return "configuration 2 stays";
}

void FakeDaemon::rollback(std::uint32_t number, const Requester& by, Done<ReloadResult> result) {
  done.push_back(fmt::format("rollback to {} by {}", number, by.user));
  result({.ok = number == 1, .diagnostics = number == 1 ? "" : "not kept\n", .number = 3});
}

void FakeDaemon::reload(const Requester& by,
                        std::optional<Seconds> confirm_within,
                        Done<ReloadResult> result) {
  done.push_back(confirm_within
                     ? fmt::format("reload by {} for {}s", by.user, confirm_within->count())
                     : "reload");
  if (reload_waits) {
    reload_done = std::move(result);
  } else if (!reload_ok) {
    result({.ok = false, .diagnostics = "pipitd.yaml:3:5: unknown key\n  foo: 1\n  ^\n"});
  } else {
    result({.ok = true, .added = {"n7"}, .reset = {"n1"}});
  }
}

void FakeDaemon::check(const std::string& file, std::string text, Done<ConfigCheck> result) {
  result({text.find("bad") == std::string::npos, file + ": " + text});
}

}  // namespace pipit::control::test

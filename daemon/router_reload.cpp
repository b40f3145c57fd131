// How another configuration comes into force: reload, dry run, confirmation, rollback.
//
// Everything is read and checked before anything changes: a reload that fails has done nothing.
#include <map>

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include "daemon/dry_run.hpp"
#include "daemon/router_impl.hpp"
#include "net/log.hpp"

namespace pipit::daemon {

using net::LogLevel;
using net::LogPart;

std::expected<Router::Impl::Read, std::string> Router::Impl::read_file() const {
  auto loaded = config::load(running_.file);
  if (!loaded) {
    return std::unexpected(config::to_text(loaded.error()));
  }
  if (auto completed = complete(loaded->config, &running_.config); !completed) {
    return std::unexpected(completed.error() + '\n');
  }
  return Read{.plan = plan_reload(running_, std::move(loaded->config)),
              .warnings = config::to_text(loaded->warnings),
              .octets = loaded->octets};
}

control::ReloadResult Router::Impl::reload(const control::Requester& by,
                                           std::optional<control::Seconds> confirm_within) {
  return reload_file({.what = "reload", .requester = by}, confirm_within);
}

control::ReloadResult Router::Impl::reload_file(const Origin& origin,
                                                std::optional<control::Seconds> confirm_within) {
  control::ReloadResult result;
  if (running_.confirmation) {
    result.diagnostics = fmt::format(
        "a reload waits for its confirmation: `pipit confirm` keeps it, `pipit rollback {}` ends "
        "it\n",
        running_.confirmation->back_to);
    return result;
  }
  auto read = read_file();
  if (!read) {
    result.diagnostics = std::move(read.error());
    net::log(LogPart::Config, LogLevel::Error, "{}: {} has errors, nothing has changed",
             origin.to_text(), running_.file);
    return result;
  }
  result = summarize(read->plan);
  result.diagnostics = std::move(read->warnings);
  const std::uint32_t before = history_.running();
  apply(std::move(read->plan), origin, read->octets);
  running_.notice.clear();
  result.number = history_.running();
  if (confirm_within && result.number != before) {
    await_confirmation(before, *confirm_within);
    result.confirm_until = running_.confirmation->until;
  }
  net::log(LogPart::Config, LogLevel::Info,
           "{}: {} keys changed; neighbors: {} added, {} removed, {} reset, {} changed in place",
           origin.to_text(), result.keys, result.added.size(), result.removed.size(),
           result.reset.size(), result.updated.size());
  return result;
}

control::DryRun Router::Impl::dry_run(bool routes) {
  control::DryRun run;
  auto read = read_file();
  if (!read) {
    run.plan.diagnostics = std::move(read.error());
    return run;
  }
  run.plan = summarize(read->plan);
  run.plan.diagnostics = std::move(read->warnings);
  run.rows =
      open_dry_run({.running = running_, .rib = rib_, .groups = groups_, .speaker = speaker_},
                   read->plan, routes);
  return run;
}

control::DaemonCommands::Result Router::Impl::confirm(const control::Requester& by) {
  if (!running_.confirmation) {
    return std::unexpected(
        control::Refusal{control::Refusal::Kind::Refused, "nothing waits for a confirmation"});
  }
  end_confirmation();
  net::log(LogPart::Config, LogLevel::Info, "{}: configuration {} stays",
           Origin{.what = "confirmed", .requester = by}.to_text(), history_.running());
  return fmt::format("configuration {} stays", history_.running());
}

control::ReloadResult Router::Impl::rollback(std::uint32_t number, const control::Requester& by) {
  control::ReloadResult result;
  const ConfigHistory::ConfigRef config = history_.find(number);
  if (!config) {
    result.diagnostics = fmt::format(
        "configuration {} {}; `pipit show config --history` lists those that can be gone back to\n",
        number, number == history_.running() ? "is the running one" : "is not kept");
    return result;
  }
  result = summarize(plan_reload(running_, *config));
  end_confirmation();
  go_back(number, {.what = fmt::format("rollback to {}", number), .requester = by});
  result.number = history_.running();
  return result;
}

/// Applies a configuration that the history keeps, and says that the file is another one.
void Router::Impl::go_back(std::uint32_t number, const Origin& origin) {
  const ConfigHistory::ConfigRef config = history_.find(number);
  if (!config) {
    net::log(LogPart::Config, LogLevel::Error, "{}: configuration {} is not kept any more",
             origin.to_text(), number);
    return;
  }
  apply(plan_reload(running_, *config), origin, history_.octets_of(number));
  running_.notice = fmt::format(
      "the configuration is that of number {} again ({}); {} may say something else, which the "
      "next reload brings",
      number, origin.what, running_.file);
  net::log(LogPart::Config, LogLevel::Warning, "{}: the configuration is that of number {} again",
           origin.to_text(), number);
}

void Router::Impl::await_confirmation(std::uint32_t back_to, control::Seconds time) {
  running_.confirmation = {.back_to = back_to, .until = std::chrono::system_clock::now() + time};
  confirmation_.expires_after(time);
  confirmation_.async_wait([this, back_to](const boost::system::error_code& error) {
    if (error || !running_.confirmation || running_.confirmation->back_to != back_to) {
      return;
    }
    end_confirmation();
    go_back(back_to, {.what = "no confirmation", .requester = {}});
  });
}

void Router::Impl::end_confirmation() {
  running_.confirmation.reset();
  confirmation_.cancel();
}

void Router::Impl::apply(ReloadPlan plan, const Origin& origin, std::size_t octets) {
  running_.loaded_at = std::chrono::system_clock::now();
  if (plan.diff.empty()) {
    return;
  }
  const auto before = std::make_shared<const config::Config>(std::move(running_.config));
  running_.config = std::move(plan.next);
  running_.policies = plan.policies;
  running_.octets = octets;
  ++running_.generation;
  history_.add(origin, plan.diff, before, octets);
  const config::Config& now = running_.config;
  net::configure_log(now.log);
  if (before->rib != now.rib) {
    rib_.configure(now.rib);
  }
  apply_kernel();
  if (plan.diff.originate) {
    originator_.apply(now.originate);
  }
  if (neighbors_started_) {
    apply_neighbors(plan.diff.removed, plan.changes);
    listen();
  }
  if (before->control != now.control) {
    // The answer to whoever asked for this leaves through the old socket first.
    boost::asio::post(loop_.context(), [this] { restart_control(); });
  }
}

void Router::Impl::restart_control() {
  if (ending_) {
    return;
  }
  server_->stop();
  server_ =
      std::make_unique<control::Server>(loop_.context(), running_.config.control,
                                        control::Server::Daemon{.view = view_, .commands = *this});
  if (const auto started = server_->start(); !started) {
    net::log(LogPart::Control, LogLevel::Error, "{}", started.error());
  }
}

/// `changes`: one for each neighbor of the configuration.
void Router::Impl::apply_neighbors(const std::vector<std::string>& removed,
                                   const std::vector<PlannedChange>& changes) {
  for (const std::string& name : removed) {
    if (Neighbor* neighbor = speaker_.find(name)) {
      remove_neighbor(*neighbor);
    }
  }
  std::map<std::string, Neighbor*, std::less<>> running;  // a change moves the names
  for (const auto& neighbor : speaker_.neighbors()) {
    running.emplace(neighbor->name(), neighbor.get());
  }
  for (std::size_t i = 0; i < changes.size(); ++i) {
    const PlannedChange& change = changes[i];
    config::NeighborConfig config = running_.config.neighbors[i];
    const auto known = running.find(config.session.name);
    if (known == running.end()) {
      add_neighbor(config);
    } else if (!change.effects.empty()) {
      Neighbor& neighbor = *known->second;
      if (!change.effects.has(config::Effect::Shutdown)) {
        // What `pipit neighbor NAME enable|disable` said holds until the file says something else.
        config.session.shutdown = neighbor.config.session.shutdown;
      }
      speaker_.change(neighbor, std::move(config), change.policies, change.effects);
      listener_.set_neighbor(*neighbor.peer, *transports_.at(neighbor.name()));
    }
  }
}

}  // namespace pipit::daemon

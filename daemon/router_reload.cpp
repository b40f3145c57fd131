// How another configuration comes into force: reload, dry run, confirmation, rollback.
//
// Everything is read and checked before anything changes: a reload that fails has done nothing.
// Reading, checking and comparing happen on the background thread, one configuration at a time;
// what is running only changes in the last steps of such jobs, so that they may read it.
#include <memory>
#include <utility>

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include "daemon/reload/dry_run.hpp"
#include "daemon/router_impl.hpp"
#include "net/log.hpp"

namespace pipit::daemon {

using net::LogLevel;
using net::LogPart;

namespace {

/// What the background thread works on; freed there.
using Shared = std::shared_ptr<Candidate>;

}  // namespace

/// SIGHUPs that come before the file is read for the first of them mean the same.
void Router::Impl::hang_up() {
  if (std::exchange(hangup_waits_, true)) {
    return;
  }
  reload_file({.what = "SIGHUP", .requester = {}}, std::nullopt,
              [](const control::ReloadResult& result) {
                if (!result.diagnostics.empty()) {
                  net::log(LogPart::Config, LogLevel::Error, "{}", result.diagnostics);
                }
              });
}

void Router::Impl::reload(const control::Requester& by,
                          std::optional<control::Seconds> confirm_within,
                          control::Done<control::ReloadResult> done) {
  reload_file({.what = "reload", .requester = by}, confirm_within, std::move(done));
}

void Router::Impl::reload_file(const Origin& origin,
                               std::optional<control::Seconds> confirm_within,
                               control::Done<control::ReloadResult> done) {
  background_.enqueue([this, origin, confirm_within, done = std::move(done)]() mutable {
    if (!origin.requester) {
      hangup_waits_ = false;  // the file is read now: a later one is a new one
    }
    std::optional<Background::Job> job;
    if (running_.confirmation) {
      done({.diagnostics = fmt::format("a reload waits for its confirmation: `pipit confirm` keeps "
                                       "it, `pipit rollback {}` ends it\n",
                                       running_.confirmation->back_to)});
      return job;
    }
    const Shared candidate = std::make_shared<Candidate>();
    job.emplace([this, candidate] { *candidate = read_candidate(running_); },
                [this, candidate, origin, confirm_within, done = std::move(done)]() mutable {
                  done(reload_with(*candidate, origin, confirm_within));
                  move_control();
                });
    return job;
  });
}

control::ReloadResult Router::Impl::reload_with(Candidate& candidate,
                                                const Origin& origin,
                                                std::optional<control::Seconds> confirm_within) {
  control::ReloadResult result;
  if (!candidate.plan) {
    result.diagnostics = std::move(candidate.diagnostics);
    net::log(LogPart::Config, LogLevel::Error, "{}: {} has errors, nothing has changed",
             origin.to_text(), running_.file);
    return result;
  }
  result = summarize(*candidate.plan);
  result.diagnostics = std::move(candidate.diagnostics);
  const std::uint32_t before = history_.running();
  apply(candidate, origin);
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

void Router::Impl::dry_run(bool routes, control::Done<control::DryRun> done) {
  background_.enqueue([this, routes, done = std::move(done)]() mutable {
    const Shared candidate = std::make_shared<Candidate>();
    return std::optional<Background::Job>(
        std::in_place,
        [this, candidate] {
          *candidate = read_candidate(running_);
          if (candidate->plan) {
            candidate->originate = planned_routes(*candidate->plan);
          }
        },
        [this, candidate, routes, done = std::move(done)]() mutable {
          control::DryRun run;
          if (candidate->plan) {
            run.plan = summarize(*candidate->plan);
            run.rows = open_dry_run({loop_, running_, rib_, groups_, speaker_, kernel_},
                                    *candidate->plan, std::move(candidate->originate), routes);
          }
          run.plan.diagnostics = std::move(candidate->diagnostics);
          done(std::move(run));
        });
  });
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

void Router::Impl::rollback(std::uint32_t number,
                            const control::Requester& by,
                            control::Done<control::ReloadResult> done) {
  go_back(number, {.what = fmt::format("rollback to {}", number), .requester = by},
          std::move(done));
}

/// Applies a configuration that the history keeps, and says that the file is another one.
void Router::Impl::go_back(std::uint32_t number,
                           const Origin& origin,
                           control::Done<control::ReloadResult> done) {
  background_.enqueue([this, number, origin, done = std::move(done)]() mutable {
    std::optional<Background::Job> job;
    const ConfigHistory::ConfigRef config = history_.find(number);
    if (!config) {
      done({.diagnostics = fmt::format(
                "configuration {} {}; `pipit show config --history` lists "
                "those that can be gone back to\n",
                number, number == history_.running() ? "is the running one" : "is not kept")});
      return job;
    }
    end_confirmation();
    const Shared candidate = std::make_shared<Candidate>();
    const std::size_t octets = history_.octets_of(number);
    job.emplace([this, candidate, config,
                 octets] { *candidate = kept_candidate(running_, config, octets); },
                [this, candidate, number, origin, done = std::move(done)]() mutable {
                  done(go_back_to(number, *candidate, origin));
                  move_control();
                });
    return job;
  });
}

control::ReloadResult Router::Impl::go_back_to(std::uint32_t number,
                                               Candidate& candidate,
                                               const Origin& origin) {
  control::ReloadResult result = summarize(*candidate.plan);
  apply(candidate, origin);
  result.number = history_.running();
  running_.notice = fmt::format(
      "the configuration is that of number {} again ({}); {} may say something else, which the "
      "next reload brings",
      number, origin.what, running_.file);
  net::log(LogPart::Config, LogLevel::Warning, "{}: the configuration is that of number {} again",
           origin.to_text(), number);
  return result;
}

void Router::Impl::await_confirmation(std::uint32_t back_to, control::Seconds time) {
  running_.confirmation = {.back_to = back_to, .until = loop_.wall_now() + time};
  confirmation_.expires_after(time);
  confirmation_.async_wait([this, back_to](const boost::system::error_code& error) {
    if (error || !running_.confirmation || running_.confirmation->back_to != back_to) {
      return;
    }
    end_confirmation();
    go_back(back_to, {.what = "no confirmation", .requester = {}},
            [](const control::ReloadResult& result) {
              if (!result.ok) {
                net::log(LogPart::Config, LogLevel::Error, "no confirmation: {}",
                         result.diagnostics);
              }
            });
  });
}

void Router::Impl::end_confirmation() {
  running_.confirmation.reset();
  confirmation_.cancel();
}

void Router::Impl::apply(Candidate& candidate, const Origin& origin) {
  ReloadPlan& plan = *candidate.plan;
  running_.loaded_at = loop_.wall_now();
  if (!plan.diff.empty()) {
    net::configure_log(plan.next.log);
    speaker_.log_messages(net::log_enabled(net::LogPart::Bgp, net::LogLevel::Trace));
    kernel_.keep_record(plan.next.control.socket + ".tables");
  }
  const auto before = reloader_.apply(plan, neighbors_started_);
  if (!before) {
    return;
  }
  running_.octets = candidate.octets;
  history_.add(origin, running_.loaded_at, plan.diff, before, candidate.octets);
  candidate.dropped = history_.take_dropped();
  const config::Config& now = running_.config;
  if (before->router.id && !now.router.id) {
    note_router_id();
  }
  if (neighbors_started_) {
    listen();
  }
  control_changed_ = before->control != now.control;
}

/// The answer to whoever asked for this leaves through the old socket first.
void Router::Impl::move_control() {
  if (std::exchange(control_changed_, false)) {
    boost::asio::post(loop_.context(), [this] { restart_control(); });
  }
}

void Router::Impl::restart_control() {
  if (ending_) {
    return;
  }
  server_->stop();
  server_ = std::make_unique<control::Server>(
      loop_, running_.config.control, control::Server::Daemon{.view = view_, .commands = *this});
  if (const auto started = server_->start(); !started) {
    net::log(LogPart::Control, LogLevel::Error, "{}", started.error());
  }
}

}  // namespace pipit::daemon

#include "bench/load/run.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "bench/load/meter.hpp"
#include "bgp/wire/message.hpp"

namespace pipit::load {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint32_t kChurn = 10;  // every tenth route
constexpr std::chrono::seconds kKeepalive{30};
constexpr int kPollMilliseconds = 20;

}  // namespace

Run::Run(const RunOptions& options, const Workload& workload)
    : options_(options),
      workload_(workload),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      next_keepalive_(Clock::now() + kKeepalive) {}

Run::~Run() {
  sessions_.clear();
  ::close(epoll_);
}

net::IpAddress Run::address_of(std::uint32_t session) {
  return net::IpAddress::v4(0x0a000101 + session);
}

std::unique_ptr<Session> Run::make_session(std::uint32_t number) const {
  const bool sends = number < options_.senders;
  const ReceiverRole role{.own_sender = sends ? number : UINT32_MAX,
                          .internal = options_.internal,
                          .dut_asn = options_.dut_asn,
                          .dut_address = options_.dut,
                          .cluster_list = options_.internal};
  const SessionEnds ends{.local = address_of(number),
                         .dut = options_.dut,
                         .asn = options_.internal ? options_.dut_asn : sender_asn(number)};
  return std::make_unique<Session>(ends, workload_, role);
}

std::uint32_t Run::wanted(const Session& session, std::uint32_t less_every) const {
  const std::uint32_t expected = session.receiver().expected();
  if (less_every == 0 || expected == 0) {
    return expected;
  }
  std::vector<std::uint32_t> of_sender(options_.senders);
  for (const Route& route : workload_.routes) {
    ++of_sender[route.sender];
  }
  std::uint32_t less = 0;
  for (std::uint32_t sender = 0; sender < options_.senders; ++sender) {
    if (sessions_[sender].get() != &session) {
      less += (of_sender[sender] + less_every - 1) / less_every;
    }
  }
  return expected - less;
}

bool Run::all_established() const {
  return std::ranges::all_of(sessions_, [](const auto& s) { return s->established(); });
}

bool Run::all_hold(std::uint32_t less_every) const {
  return std::ranges::all_of(
      sessions_, [&](const auto& s) { return s->receiver().present() == wanted(*s, less_every); });
}

std::string Run::progress(std::uint32_t less_every) const {
  std::uint64_t have = 0;
  std::uint64_t want = 0;
  for (const auto& session : sessions_) {
    have += session->receiver().present();
    want += wanted(*session, less_every);
  }
  return fmt::format("{} routes of {} held", have, want);
}

void Run::register_descriptor(Session& session) {
  epoll_event event{};
  event.events = EPOLLIN | (session.wants_to_write() ? EPOLLOUT : 0U);
  event.data.ptr = &session;
  ::epoll_ctl(epoll_, EPOLL_CTL_ADD, session.descriptor(), &event);
}

void Run::update_interest(Session& session) {
  epoll_event event{};
  event.events = EPOLLIN | (session.wants_to_write() ? EPOLLOUT : 0U);
  event.data.ptr = &session;
  ::epoll_ctl(epoll_, EPOLL_CTL_MOD, session.descriptor(), &event);
}

void Run::handle_events(bool reconnect) {
  std::array<epoll_event, 64> events{};
  const int ready = ::epoll_wait(epoll_, events.data(), events.size(), kPollMilliseconds);
  for (int i = 0; i < ready; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    auto& session = *static_cast<Session*>(event.data.ptr);
    bool alive = session.descriptor() >= 0;
    if (alive && (event.events & EPOLLOUT) != 0) {
      alive = session.on_writable();
    }
    if (alive && (event.events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) {
      alive = session.on_readable();
    }
    if (alive) {
      update_interest(session);
    } else if (!reconnect) {
      lost_ = session.error();
    }
  }
}

Run::Outcome Run::until(const Condition& condition, bool reconnect) {
  const auto deadline = Clock::now() + options_.timeout;
  auto next_try = Clock::now();
  while (!condition()) {
    if (!lost_.empty()) {
      return std::unexpected("a session was lost: " + lost_);
    }
    if (Clock::now() > deadline) {
      return std::unexpected(std::string("not in time"));
    }
    if (reconnect && Clock::now() >= next_try) {
      next_try = Clock::now() + std::chrono::milliseconds(100);
      for (const auto& session : sessions_) {
        if (session->descriptor() < 0 && session->connect()) {
          register_descriptor(*session);
        }
      }
    }
    send_keepalives();
    handle_events(reconnect);
  }
  return {};
}

void Run::send_keepalives() {
  if (Clock::now() < next_keepalive_) {
    return;
  }
  next_keepalive_ = Clock::now() + kKeepalive;
  send_all([](std::uint32_t) {
    net::Bytes octets;
    bgp::encode_keepalive(octets);
    return octets;
  });
}

void Run::send_all(const std::function<net::Bytes(std::uint32_t)>& octets_of) {
  for (std::uint32_t i = 0; i < sessions_.size(); ++i) {
    if (sessions_[i]->established()) {
      sessions_[i]->send(octets_of(i));
      update_interest(*sessions_[i]);
    }
  }
}

Run::Outcome Run::phase(RunResult& result,
                        const std::string& name,
                        const std::function<void()>& begin,
                        std::uint32_t less_every) {
  const double cpu = cpu_seconds(options_.processes);
  const auto start = Clock::now();
  begin();
  // The sums are computed once, not with every event.
  std::vector<std::uint32_t> targets;
  for (const auto& session : sessions_) {
    targets.push_back(wanted(*session, less_every));
  }
  const Outcome outcome = until(
      [&] {
        for (std::size_t i = 0; i < targets.size(); ++i) {
          if (sessions_[i]->receiver().present() != targets[i]) {
            return false;
          }
        }
        return true;
      },
      false);
  if (!outcome) {
    return std::unexpected(fmt::format("{}: {}, {}", name, outcome.error(), progress(less_every)));
  }
  const std::chrono::duration<double> took = Clock::now() - start;
  result.phases.push_back({name, took.count(), cpu_seconds(options_.processes) - cpu});
  return {};
}

Run::Outcome Run::establish(RunResult& result) {
  const double cpu = cpu_seconds(options_.processes);
  const auto start = Clock::now();
  for (std::uint32_t i = 0; i < count(); ++i) {
    sessions_.push_back(make_session(i));
  }
  if (const Outcome up = until([this] { return all_established(); }, true); !up) {
    const auto down = std::ranges::count_if(sessions_, [](auto& s) { return !s->established(); });
    return std::unexpected(fmt::format("sessions up: {}, {} are down", up.error(), down));
  }
  const std::chrono::duration<double> took = Clock::now() - start;
  result.phases.push_back({"established", took.count(), cpu_seconds(options_.processes) - cpu});
  return {};
}

Run::Outcome Run::join_late(RunResult& result) {
  sessions_.push_back(make_session(count()));
  if (const Outcome up = until([this] { return all_established(); }, true); !up) {
    return std::unexpected("late joiner: " + up.error());
  }
  return phase(result, "late joiner", [] {}, 0);
}

void Run::check(RunResult& result) const {
  for (const auto& session : sessions_) {
    const Findings found = session->receiver().check(options_.churn ? kChurn : 0);
    result.findings.unknown += found.unknown;
    result.findings.echoes += found.echoes;
    result.findings.attributes += found.attributes;
    result.findings.old_version += found.old_version;
    if (result.findings.first.empty()) {
      result.findings.first = found.first;
    }
    result.updates += session->receiver().updates();
    result.octets += session->receiver().octets();
  }
}

std::expected<RunResult, std::string> Run::go() {
  RunResult result;
  const auto announce = [this](std::uint32_t every, bool changed) {
    send_all([&](std::uint32_t i) {
      return i < options_.senders ? announcements(workload_, i, every, changed, options_.internal)
                                  : net::Bytes{};
    });
  };
  // Encoded before the clock starts.
  std::vector<net::Bytes> first(count());
  for (std::uint32_t i = 0; i < options_.senders; ++i) {
    first[i] = announcements(workload_, i, 1, false, options_.internal);
  }
  Outcome outcome = establish(result);
  if (outcome) {
    outcome = phase(
        result, "initial", [&] { send_all([&](std::uint32_t i) { return std::move(first[i]); }); },
        0);
  }
  if (outcome && options_.late_joiner) {
    outcome = join_late(result);
  }
  if (outcome && options_.churn) {
    outcome = phase(
        result, "withdraw",
        [&] {
          send_all([&](std::uint32_t i) {
            return i < options_.senders ? withdrawals(workload_, i, kChurn) : net::Bytes{};
          });
        },
        kChurn);
  }
  if (outcome && options_.churn) {
    outcome = phase(result, "re-announce", [&] { announce(kChurn, true); }, 0);
  }
  if (!outcome) {
    return std::unexpected(outcome.error());
  }
  result.peak_memory = peak_memory(options_.processes);
  check(result);
  return result;
}

}  // namespace pipit::load

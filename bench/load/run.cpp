#include "bench/load/run.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "bench/load/meter.hpp"
#include "bgp/wire/message.hpp"

namespace pipit::load {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint16_t kIdleHoldTime = 3;
constexpr std::chrono::seconds kKeepalive{30};
constexpr std::chrono::milliseconds kIdleKeepalive{900};
constexpr int kPollMilliseconds = 20;
constexpr std::chrono::milliseconds kRetry{100};
constexpr std::ptrdiff_t kConnecting = 8;

}  // namespace

Run::Run(const RunOptions& options, const Workload& workload)
    : options_(options),
      workload_(workload),
      scene_(workload),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      next_keepalive_(Clock::now()) {}

Run::~Run() {
  sessions_.clear();
  ::close(epoll_);
}

net::IpAddress Run::address_of(std::uint32_t session) {
  return net::IpAddress::v4(0x0a000101 + session);
}

std::unique_ptr<Session> Run::make_session(std::uint32_t number) const {
  const std::uint32_t first_idle = options_.senders + options_.receivers;
  const bool idle = number >= first_idle && number < first_idle + options_.idle;
  const ReceiverRole role{.own_sender = number < options_.senders ? number : UINT32_MAX,
                          .internal = options_.internal,
                          .dut_asn = options_.dut_asn,
                          .dut_address = options_.dut,
                          .cluster_list = options_.internal && options_.reflector};
  const SessionEnds ends{.local = address_of(number),
                         .dut = options_.dut,
                         .asn = options_.internal ? options_.dut_asn : sender_asn(number),
                         .hold_time = idle ? kIdleHoldTime : std::uint16_t{240},
                         .idle = idle};
  auto made = std::make_unique<Session>(ends, workload_, role);
  made->receiver().expect(scene_.best());
  return made;
}

void Run::add_sessions(std::uint32_t count) {
  for (std::uint32_t i = 0; i < count; ++i) {
    sessions_.push_back(make_session(static_cast<std::uint32_t>(sessions_.size())));
  }
}

Run::Outcome Run::establish() {
  const auto all_up = [this] {
    return std::ranges::all_of(sessions_, [](const auto& s) { return s->established(); });
  };
  if (const Outcome up = until(all_up, true); !up) {
    const auto down = std::ranges::count_if(sessions_, [](auto& s) { return !s->established(); });
    return std::unexpected(fmt::format("sessions up: {}, {} are down", up.error(), down));
  }
  return {};
}

/// Decides what is right from now on, and tells every receiver.
void Run::expect() {
  scene_.decide();
  for (const auto& session : sessions_) {
    if (!session->idle()) {
      session->receiver().expect(scene_.best());
    }
  }
}

Run::Outcome Run::converge() {
  // Looks on where it stopped last: receivers seldom leave the right state again.
  std::size_t first = 0;
  const auto right = [](const Session& session) {
    return session.idle() || session.stopped() || session.receiver().wrong() == 0;
  };
  return until(
      [&] {
        while (first < sessions_.size() && right(*sessions_[first])) {
          ++first;
        }
        if (first < sessions_.size()) {
          return false;
        }
        first = 0;
        return std::ranges::all_of(sessions_, [&](const auto& s) { return right(*s); });
      },
      false);
}

std::string Run::progress() const {
  std::uint64_t wrong = 0;
  std::size_t receivers = 0;
  for (const auto& session : sessions_) {
    if (!session->idle() && !session->stopped() && session->receiver().wrong() != 0) {
      wrong += session->receiver().wrong();
      ++receivers;
    }
  }
  return fmt::format("{} routes are not right at {} receivers", wrong, receivers);
}

void Run::register_descriptor(Session& session) {
  epoll_event event{};
  event.data.ptr = &session;
  ::epoll_ctl(epoll_, EPOLL_CTL_ADD, session.descriptor(), &event);
  update_interest(session);
}

void Run::update_interest(Session& session) {
  epoll_event event{};
  event.events = (session.stopped() ? 0U : EPOLLIN) | (session.wants_to_write() ? EPOLLOUT : 0U);
  event.data.ptr = &session;
  ::epoll_ctl(epoll_, EPOLL_CTL_MOD, session.descriptor(), &event);
}

void Run::handle_events(bool reconnect) {
  std::array<epoll_event, 64> events{};
  const int ready = ::epoll_wait(epoll_, events.data(), events.size(), kPollMilliseconds);
  for (int i = 0; i < ready; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    auto& session = *static_cast<Session*>(event.data.ptr);
    const bool wanted_to_write = session.wants_to_write();
    const bool was_up = session.established();
    bool alive = session.descriptor() >= 0;
    if (alive && (event.events & EPOLLOUT) != 0) {
      alive = session.on_writable();
    }
    if (alive && (event.events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) {
      alive = session.on_readable();
    }
    if (!alive && (was_up || !reconnect)) {
      lost_ = session.error();
    } else if (alive && wanted_to_write != session.wants_to_write()) {
      update_interest(session);
    }
  }
}

/// Few at a time: some daemons listen with a short backlog, and a lost SYN costs seconds. `retry`:
/// those that failed before, too.
void Run::connect_some(bool retry) {
  auto under_way = std::ranges::count_if(
      sessions_, [](const auto& s) { return s->descriptor() >= 0 && !s->established(); });
  for (const auto& session : sessions_) {
    if (under_way >= kConnecting) {
      return;
    }
    if (session->descriptor() < 0 && (retry || session->error().empty()) && session->connect()) {
      register_descriptor(*session);
      ++under_way;
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
    if (reconnect) {
      const bool retry = Clock::now() >= next_try;
      next_try = retry ? Clock::now() + kRetry : next_try;
      connect_some(retry);
    }
    send_keepalives();
    handle_events(reconnect);
  }
  return {};
}

void Run::send(std::uint32_t session, net::Bytes octets) {
  sessions_[session]->send(std::move(octets));
  update_interest(*sessions_[session]);
}

void Run::send_keepalives() {
  if (Clock::now() < next_keepalive_) {
    return;
  }
  next_keepalive_ = Clock::now() + (options_.idle != 0 ? Clock::duration(kIdleKeepalive)
                                                       : Clock::duration(kKeepalive));
  net::Bytes keepalive;
  bgp::encode_keepalive(keepalive);
  for (std::uint32_t i = 0; i < sessions_.size(); ++i) {
    if (sessions_[i]->established()) {
      send(i, keepalive);
    }
  }
}

Run::Outcome Run::measured(const std::string& name, const std::function<Outcome()>& work) {
  const double cpu = cpu_seconds(options_.processes);
  const double own = own_cpu_seconds();
  const auto start = Clock::now();
  if (const Outcome outcome = work(); !outcome) {
    return std::unexpected(fmt::format("{}: {}, {}", name, outcome.error(), progress()));
  }
  const std::chrono::duration<double> took = Clock::now() - start;
  result_.phases.push_back({.name = name,
                            .seconds = took.count(),
                            .cpu_seconds = cpu_seconds(options_.processes) - cpu,
                            .own_cpu_seconds = own_cpu_seconds() - own});
  return {};
}

/// Looks at everything that anybody received.
void Run::finish() {
  result_.peak_memory = peak_memory(options_.processes);
  const auto add = [this](const Session& session, bool ended) {
    const Findings found = session.receiver().check(ended);
    Findings& all = result_.findings;
    all.unknown += found.unknown;
    all.echoes += found.echoes;
    all.attributes += found.attributes;
    all.old_version += found.old_version;
    if (all.first.empty()) {
      all.first = found.first;
    }
    result_.updates += session.receiver().updates();
    result_.octets += session.receiver().octets();
    result_.longest_silence = std::max(result_.longest_silence, session.longest_silence());
  };
  for (const auto& session : sessions_) {
    add(*session, session->stopped() || session->idle());
  }
  for (const auto& session : ended_) {
    add(*session, true);
  }
}

std::expected<RunResult, std::string> Run::go() {
  add_sessions(options_.senders + options_.receivers + options_.idle);
  Outcome outcome = measured("established", [this] { return establish(); });
  result_.empty_memory = resident_memory(options_.processes);
  for (const std::string& step : options_.steps) {
    if (!outcome) {
      break;
    }
    outcome = run_step(step);
    if (result_.full_memory == 0 && result_.phases.size() > 1) {
      result_.full_memory = resident_memory(options_.processes);
    }
  }
  if (!outcome) {
    return std::unexpected(outcome.error());
  }
  finish();
  return result_;
}

}  // namespace pipit::load

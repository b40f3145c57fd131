// One run: sessions come up, senders announce, a late joiner arrives, a tenth is withdrawn and
// announced again. Each phase ends when every receiver holds exactly what it must.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <sys/types.h>

#include "bench/load/session.hpp"
#include "bench/load/workload.hpp"

namespace pipit::load {

struct RunOptions {
  net::IpAddress dut;
  std::uint32_t dut_asn = 0;
  bool internal = true;         // else each session has an AS of its own
  std::uint32_t senders = 1;    // these receive, too
  std::uint32_t receivers = 1;  // these only receive
  bool late_joiner = true;
  bool churn = true;  // withdraw and announce again
  std::vector<pid_t> processes;
  std::chrono::seconds timeout{120};  // of each phase
};

/// What a phase took.
struct Phase {
  std::string name;
  double seconds = 0;
  double cpu_seconds = 0;
};

struct RunResult {
  std::vector<Phase> phases;
  std::uint64_t peak_memory = 0;  // octets
  std::uint64_t updates = 0;      // received by all
  std::uint64_t octets = 0;
  Findings findings;
};

class Run {
 public:
  Run(const RunOptions& options, const Workload& workload);
  ~Run();
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  /// All phases. Errors in words: a phase that did not end in time, a session that was lost.
  std::expected<RunResult, std::string> go();

  /// The address of a session: 10.0.1.1 is the first.
  static net::IpAddress address_of(std::uint32_t session);

 private:
  using Condition = std::function<bool()>;
  using Outcome = std::expected<void, std::string>;

  std::uint32_t count() const { return options_.senders + options_.receivers; }

  bool all_established() const;
  bool all_hold(std::uint32_t less_every) const;
  std::string progress(std::uint32_t less_every) const;
  std::uint32_t wanted(const Session& session, std::uint32_t less_every) const;

  std::unique_ptr<Session> make_session(std::uint32_t number) const;
  Outcome until(const Condition& condition, bool reconnect);
  void register_descriptor(Session& session);
  void update_interest(Session& session);
  void handle_events(bool reconnect);
  Outcome phase(RunResult& result,
                const std::string& name,
                const std::function<void()>& begin,
                std::uint32_t less_every);
  Outcome establish(RunResult& result);
  Outcome join_late(RunResult& result);
  void send_all(const std::function<net::Bytes(std::uint32_t)>& octets_of);
  void send_keepalives();
  void check(RunResult& result) const;

  RunOptions options_;
  const Workload& workload_;
  std::vector<std::unique_ptr<Session>> sessions_;
  int epoll_ = -1;
  std::string lost_;  // why a session was lost
  std::chrono::steady_clock::time_point next_keepalive_;
};

}  // namespace pipit::load

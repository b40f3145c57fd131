// One run: sessions come up, then one step after the other. A step ends when every receiver that
// reads holds exactly what it must. run.cpp knows how to wait for that, run_steps.cpp the steps.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

#include "bench/load/scene.hpp"
#include "bench/load/session.hpp"
#include "bench/load/workload.hpp"

namespace pipit::load {

struct RunOptions {
  net::IpAddress dut;
  std::uint32_t dut_asn = 0;
  bool internal = true;         // else each session has an AS of its own
  bool reflector = true;        // internal: the daemon adds ORIGINATOR_ID and CLUSTER_LIST
  std::uint32_t senders = 1;    // these receive, too
  std::uint32_t receivers = 1;  // these only receive
  std::uint32_t idle = 0;       // these exchange KEEPALIVEs once a second, and nothing else
  std::vector<std::string> steps;
  std::vector<pid_t> processes;
  std::chrono::seconds timeout{120};  // of each step
};

/// What a step took.
struct Phase {
  std::string name;
  double seconds = 0;
  double cpu_seconds = 0;
  double own_cpu_seconds = 0;  // of this program
};

struct RunResult {
  std::vector<Phase> phases;
  std::uint64_t empty_memory = 0;  // octets resident with sessions and no route
  std::uint64_t full_memory = 0;   // after the first step
  std::uint64_t peak_memory = 0;
  std::uint64_t updates = 0;  // received by all
  std::uint64_t octets = 0;
  std::uint64_t outdated = 0;  // what a receiver that read on was told and was not true any more
  double longest_silence = 0;  // seconds between two KEEPALIVEs of an idle session
  Findings findings;
};

class Run {
 public:
  /// The names of the steps, for the usage text.
  static std::string step_names();

  Run(const RunOptions& options, const Workload& workload);
  ~Run();
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  /// All steps. Errors in words: one that did not end in time, a session that was lost.
  std::expected<RunResult, std::string> go();

  /// The address of a session: 10.0.1.1 is the first.
  static net::IpAddress address_of(std::uint32_t session);

 private:
  using Condition = std::function<bool()>;
  using Outcome = std::expected<void, std::string>;

  struct Step;

  // run.cpp
  std::unique_ptr<Session> make_session(std::uint32_t number) const;
  void add_sessions(std::uint32_t count);
  Outcome establish();
  void connect_some(bool retry);
  Outcome until(const Condition& condition, bool reconnect);
  Outcome converge();
  Outcome measured(const std::string& name, const std::function<Outcome()>& work);
  void expect();
  std::string progress() const;
  void register_descriptor(Session& session);
  void update_interest(Session& session);
  void handle_events(bool reconnect);
  void send(std::uint32_t session, net::Bytes octets);
  void send_keepalives();
  void finish();

  // run_steps.cpp
  static const std::vector<Step>& steps();
  Outcome run_step(const std::string& words);
  Outcome announce_all(std::uint32_t count);
  Outcome join_late(std::uint32_t count);
  Outcome withdraw(std::uint32_t count);
  Outcome announce_again(std::uint32_t count);
  std::expected<Version, std::string> next_version();
  Outcome churn(std::uint32_t rounds);
  Outcome drop(std::uint32_t count);
  Outcome come_back(std::uint32_t count);
  Outcome stop_reading(std::uint32_t count);
  Outcome read_on(std::uint32_t count);
  Outcome pause(std::uint32_t milliseconds);
  Outcome wait(std::uint32_t count);

  RunOptions options_;
  const Workload& workload_;
  Scene scene_;
  Version version_ = kFirstVersion;  // the newest that was announced
  RunResult result_;
  std::vector<std::unique_ptr<Session>> sessions_;  // senders first
  std::vector<std::unique_ptr<Session>> ended_;
  int epoll_ = -1;
  std::string lost_;  // why a session was lost
  std::chrono::steady_clock::time_point next_keepalive_;
};

}  // namespace pipit::load

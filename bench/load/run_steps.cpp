// The steps that a run can be made of.
#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include "bench/load/run.hpp"

namespace pipit::load {
namespace {

/// A tenth of each sender's routes.
constexpr std::uint32_t kTenth = 10;

}  // namespace

/// A step by its name. `count` is what may stand behind a colon.
struct Run::Step {
  std::string_view name;
  std::uint32_t count;  // when none is given
  Outcome (Run::*run)(std::uint32_t count);
};

const std::vector<Run::Step>& Run::steps() {
  static const std::vector<Step> kSteps{
      {"initial", 0, &Run::announce_all},
      {"late", 1, &Run::join_late},
      {"withdraw", 0, &Run::withdraw},
      {"re-announce", 0, &Run::announce_again},
      {"churn", 20, &Run::churn},
      {"drop", 0, &Run::drop},
      {"return", 0, &Run::come_back},
      {"stop-reading", 1, &Run::stop_reading},
      {"read-on", 0, &Run::read_on},
      {"pause", 1500, &Run::pause},
      {"wait", 0, &Run::wait},
  };
  return kSteps;
}

std::string Run::step_names() {
  std::string names;
  for (const Step& step : steps()) {
    names += fmt::format("{}{}", names.empty() ? "" : ", ", step.name);
  }
  return names;
}

Run::Outcome Run::run_step(const std::string& words) {
  const std::size_t colon = std::min(words.find(':'), words.size());
  const std::string_view name = std::string_view(words).substr(0, colon);
  const auto step = std::ranges::find(steps(), name, &Step::name);
  if (step == steps().end()) {
    return std::unexpected(fmt::format("{} is no step", words));
  }
  std::uint32_t count = step->count;
  if (colon != words.size()) {
    const char* const end = words.data() + words.size();
    const auto [rest, error] = std::from_chars(words.data() + colon + 1, end, count);
    if (error != std::errc() || rest != end) {
      return std::unexpected(fmt::format("{} has no number behind the colon", words));
    }
  }
  return (this->*step->run)(count);
}

Run::Outcome Run::announce_all(std::uint32_t) {
  std::vector<net::Bytes> octets;
  for (std::uint32_t sender = 0; sender < options_.senders; ++sender) {
    scene_.announce(sender, {}, kFirstVersion);
    octets.push_back(announcements(workload_, sender, {}, kFirstVersion, options_.internal));
  }
  expect();
  return measured("initial", [&] {
    for (std::uint32_t sender = 0; sender < options_.senders; ++sender) {
      send(sender, std::move(octets[sender]));
    }
    return converge();
  });
}

Run::Outcome Run::join_late(std::uint32_t count) {
  add_sessions(count);
  if (const Outcome up = establish(); !up) {
    return std::unexpected("late joiner: " + up.error());
  }
  return measured("late joiner", [this] { return converge(); });
}

Run::Outcome Run::withdraw(std::uint32_t) {
  const Part tenth{.every = kTenth};
  std::vector<net::Bytes> octets;
  for (std::uint32_t sender = 0; sender < options_.senders; ++sender) {
    scene_.withdraw(sender, tenth);
    octets.push_back(withdrawals(workload_, sender, tenth));
  }
  expect();
  return measured("withdraw", [&] {
    for (std::uint32_t sender = 0; sender < options_.senders; ++sender) {
      send(sender, std::move(octets[sender]));
    }
    return converge();
  });
}

Run::Outcome Run::announce_again(std::uint32_t) {
  const Part tenth{.every = kTenth};
  const auto version = next_version();
  if (!version) {
    return std::unexpected("re-announce: " + version.error());
  }
  std::vector<net::Bytes> octets;
  for (std::uint32_t sender = 0; sender < options_.senders; ++sender) {
    scene_.announce(sender, tenth, *version);
    octets.push_back(announcements(workload_, sender, tenth, *version, options_.internal));
  }
  expect();
  return measured("re-announce", [&] {
    for (std::uint32_t sender = 0; sender < options_.senders; ++sender) {
      send(sender, std::move(octets[sender]));
    }
    return converge();
  });
}

/// One that no route has had, so that no state on the way is taken for the one to come.
std::expected<Version, std::string> Run::next_version() {
  if (version_ == kLastVersion) {
    return std::unexpected("attributes would repeat");
  }
  version_ = Version(static_cast<std::uint8_t>(version_) + 1);
  return version_;
}

/// A tenth goes and comes back with other attributes, another tenth each round, without a pause.
Run::Outcome Run::churn(std::uint32_t rounds) {
  if (!options_.internal) {
    return std::unexpected("churn: in external sessions one cannot tell the last round by the MED");
  }
  std::vector<net::Bytes> octets(options_.senders);
  for (std::uint32_t round = 0; round < rounds; ++round) {
    const Part tenth{.every = kTenth, .first = round % kTenth};
    if (round % kTenth == 0) {
      if (const auto next = next_version(); !next) {
        return std::unexpected("churn: " + next.error());
      }
    }
    for (std::uint32_t sender = 0; sender < options_.senders; ++sender) {
      const net::Bytes gone = withdrawals(workload_, sender, tenth);
      const net::Bytes back = announcements(workload_, sender, tenth, version_, options_.internal);
      octets[sender].insert(octets[sender].end(), gone.begin(), gone.end());
      octets[sender].insert(octets[sender].end(), back.begin(), back.end());
      scene_.announce(sender, tenth, version_);
      send_keepalives();  // all this takes longer than the hold time of idle sessions
      handle_events(false);
    }
  }
  expect();
  return measured("churn", [&] {
    for (std::uint32_t sender = 0; sender < options_.senders; ++sender) {
      send(sender, std::move(octets[sender]));
    }
    return converge();
  });
}

/// The first sender's connection ends without a word.
Run::Outcome Run::drop(std::uint32_t) {
  scene_.withdraw(0, {});
  auto gone = std::exchange(sessions_[0], make_session(0));
  expect();
  return measured("drop", [&] {
    gone->close();
    ended_.push_back(std::move(gone));
    // The new session is not up: nothing can be asked of it.
    sessions_[0]->stop_reading();
    return converge();
  });
}

Run::Outcome Run::come_back(std::uint32_t) {
  sessions_[0]->read_on();
  if (const Outcome up = establish(); !up) {
    return std::unexpected("return: " + up.error());
  }
  scene_.announce(0, {}, kFirstVersion);
  net::Bytes octets = announcements(workload_, 0, {}, kFirstVersion, options_.internal);
  expect();
  return measured("return", [&] {
    send(0, std::move(octets));
    return converge();
  });
}

/// The last receivers leave unread what comes from now on.
Run::Outcome Run::stop_reading(std::uint32_t count) {
  for (std::uint32_t i = 0; i < std::min(count, options_.receivers); ++i) {
    Session& session = *sessions_[options_.senders + options_.receivers - 1 - i];
    session.stop_reading();
    update_interest(session);
  }
  return {};
}

Run::Outcome Run::read_on(std::uint32_t) {
  std::vector<Session*> stopped;
  for (const auto& session : sessions_) {
    if (session->stopped()) {
      stopped.push_back(session.get());
    }
  }
  return measured("read on", [&] {
    for (Session* const session : stopped) {
      session->receiver().expect(scene_.best());
      session->read_on();
      update_interest(*session);
    }
    const Outcome outcome = converge();
    for (const Session* const session : stopped) {
      result_.outdated += session->receiver().outdated();
    }
    return outcome;
  });
}

/// Nothing but KEEPALIVEs for so long.
Run::Outcome Run::pause(std::uint32_t milliseconds) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(milliseconds);
  return until([&] { return std::chrono::steady_clock::now() >= end; }, false);
}

/// Says so on the standard error, and keeps the sessions up until a line comes in.
Run::Outcome Run::wait(std::uint32_t) {
  fmt::print(stderr, "waiting\n");
  pollfd input{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
  const Outcome outcome = until([&] { return ::poll(&input, 1, 0) != 0; }, false);
  char octet = 0;
  while (::read(STDIN_FILENO, &octet, 1) == 1 && octet != '\n') {
  }
  return outcome;
}

}  // namespace pipit::load

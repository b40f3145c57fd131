// Asks a FakeDaemon through the command table, as the control socket does.
#pragma once

#include <set>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>
#include <unistd.h>

#include "control/commands.hpp"
#include "control/protocol/commands.hpp"
#include "net/asio_loop.hpp"
#include "tests/unit/control/fake_daemon.hpp"

namespace pipit::control::test {

/// The lines that a request is answered with, as documents.
inline std::vector<nlohmann::json> ask(FakeDaemon& daemon, const nlohmann::json& request) {
  std::string text;
  const auto parsed = parse_request(request.dump());
  if (!parsed) {
    text = error_line(parsed.error());
  } else {
    Reply reply;
    answer({daemon, daemon, {.user = ::geteuid(), .process = 1}}, *parsed,
           [&reply](Reply made) { reply = std::move(made); });
    text = std::move(reply.text);
    const net::AsioLoop loop;
    while (reply.rest && reply.rest->produce(loop, text)) {
    }
  }
  std::vector<nlohmann::json> lines;
  for (const auto line : control::split(text, '\n')) {
    lines.push_back(nlohmann::json::parse(line));
  }
  return lines;
}

inline std::vector<nlohmann::json> ask(FakeDaemon& daemon,
                                       const char* command,
                                       nlohmann::json arguments = nlohmann::json::object()) {
  return ask(daemon, nlohmann::json{{"command", command}, {"args", std::move(arguments)}});
}

inline std::set<std::string> keys(const nlohmann::json& object) {
  std::set<std::string> out;
  for (const auto& [key, value] : object.items()) {
    out.insert(key);
  }
  return out;
}

}  // namespace pipit::control::test

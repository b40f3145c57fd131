// Options of the control socket.
#pragma once

#include <string>

namespace pipit::control {

struct ControlOptions {
  std::string socket = "/run/pipit/pipit.sock";
  std::string group =
      "pipit";  // owner group of the socket; ignored, with a log line, when it does not exist

  friend bool operator==(const ControlOptions&, const ControlOptions&) = default;
};

}  // namespace pipit::control

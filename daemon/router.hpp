// The composition root: owns the loop, the RIB, the neighbors, the kernel bridge and the control
// socket, introduces them to each other, starts them, reloads them and ends them.
#pragma once

#include <expected>
#include <memory>
#include <string>

#include "config/load.hpp"

namespace pipit::daemon {

class Router {
 public:
  /// `file`: where the configuration was read from, and will be again at a reload.
  Router(std::string file, config::Loaded loaded);
  Router(const Router&) = delete;
  Router& operator=(const Router&) = delete;
  ~Router();

  /// Opens sockets and begins. An error says what could not be done.
  std::expected<void, std::string> start();

  /// Runs until SIGTERM or SIGINT has been carried out: Cease/Administrative Shutdown to all peers,
  /// kernel routes kept or flushed as the configuration says. SIGHUP reloads. Returns the exit
  /// status: not 0 when it ended because it could not listen.
  int run();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pipit::daemon

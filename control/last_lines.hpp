// What the last lines of answers say besides models.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "control/models.hpp"

namespace pipit::control {

struct DoneModel {};

struct ListEnd {
  std::size_t total = 0;  // rows
  bool truncated = false;
};

/// Of the kernel's routes.
struct KernelEnd {
  KernelModel kernel;
};

struct MessageModel {
  std::string message;
};

struct FailedNeighbor {
  std::string name;
  std::string error;
};

/// What was done with many neighbors.
struct ManyNeighbors {
  std::string message;
  std::vector<std::string> done;  // their names
  std::vector<FailedNeighbor> failed;
};

}  // namespace pipit::control

// Which records the answer to a command is made of.
#pragma once

#include <span>
#include <string_view>

#include "control/protocol/field.hpp"

namespace pipit::control {

struct AnswerSpec {
  std::string_view command;  // its name
  std::string_view when;     // of several answers to a command: what must be asked for; else empty
  std::span<const Record* const> rows;  // each line but the last is one of these
  std::span<const Record* const> last;  // the last line has the fields of all of these
};

/// In the order of the commands. An error (shown::kError) may come in place of any of them.
std::span<const AnswerSpec> answer_specs();

}  // namespace pipit::control

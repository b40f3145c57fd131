// How replies are put together: the words that the handlers of commands share.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "control/answer.hpp"
#include "control/refusals.hpp"
#include "control/render.hpp"
#include "control/request.hpp"

namespace pipit::control {

/// `text` goes out first; `rest`, when there is one, makes the remainder.
struct Reply {
  std::string text;
  std::unique_ptr<Answer> rest;
};

inline Reply fail(const RequestError& error) {
  return {error_line(error), nullptr};
}

inline Reply fail(const Refusal& refusal) {
  return {failure_line(refusal), nullptr};
}

inline Reply usage(std::string text) {
  return fail(RequestError{ErrorCode::Usage, std::move(text)});
}

/// One line: {"done":true, and the model's members}.
template <typename Model>
Reply one(const Model& model) {
  Reply reply;
  JsonWriter json(reply.text);
  json.begin_object();
  write_members(json, DoneModel{});
  write_members(json, model);
  json.end_object();
  reply.text += '\n';
  return reply;
}

inline Reply done(const DaemonCommands::Result& result) {
  return result ? one(MessageModel{*result}) : fail(result.error());
}

template <typename Row>
Reply list(CursorResult<Row> rows, ListOptions options = {}) {
  if (!rows) {
    return fail(rows.error());
  }
  return {{}, std::make_unique<ListAnswer<Row>>(std::move(*rows), std::move(options))};
}

template <typename Row>
Reply list(std::vector<Row> rows) {
  return list(CursorResult<Row>(std::make_unique<VectorCursor<Row>>(std::move(rows))));
}

}  // namespace pipit::control

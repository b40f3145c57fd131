#include "control/render.hpp"

namespace pipit::control {
namespace {

std::string_view name_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::Protocol:
      return "protocol";
    case ErrorCode::Usage:
      return "usage";
    case ErrorCode::NotFound:
      return "not-found";
    case ErrorCode::Refused:
      return "refused";
  }
  return "";
}

constexpr auto kDone = table<DoneModel>({
    {"done", get<[](const DoneModel&) { return true; }>},
});

constexpr auto kListEnd = table<ListEnd>({
    {{}, fields_of<[](const ListEnd&) { return DoneModel{}; }>},
    {"total", get<&ListEnd::total>},
    {"truncated", get_if<&ListEnd::truncated, &ListEnd::truncated>},
});

constexpr auto kKernelEnd = table<KernelEnd>({
    {"kernel", get<&KernelEnd::kernel>},
});

constexpr auto kMessage = table<MessageModel>({
    {"message", get<&MessageModel::message>},
});

constexpr auto kError = table<RequestError>({
    {"error", get<&RequestError::text>},
    {"code", get<[](const RequestError& error) { return name_of(error.code); }>},
});

}  // namespace

void write_members(JsonWriter& json, const DoneModel& model) {
  kDone.write(json, model);
}

void write_members(JsonWriter& json, const ListEnd& model) {
  kListEnd.write(json, model);
}

void write_members(JsonWriter& json, const KernelEnd& model) {
  kKernelEnd.write(json, model);
}

void write_members(JsonWriter& json, const MessageModel& model) {
  kMessage.write(json, model);
}

void write_members(JsonWriter& json, const RequestError& model) {
  kError.write(json, model);
}

}  // namespace pipit::control

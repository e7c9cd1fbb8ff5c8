#include <cxxabi.h>

#include <cstdlib>
#include <memory>
#include <plait/core/errors.hpp>
#include <plait/core/failure.hpp>
#include <stdexcept>

namespace plait {

Failure::Failure() : Failure(std::current_exception()) {}

Failure::Failure(std::exception_ptr error) : error_(std::move(error)) {
  if (!error_) throw std::invalid_argument("a Failure needs an exception, and there is none");
  try {
    std::rethrow_exception(error_);
  } catch (const std::exception& e) {
    value_ = &e;
  } catch (...) {
  }
}

std::string Failure::getErrorMessage() const {
  return value_ ? std::string(value_->what()) : typeName();
}

std::string Failure::typeName() const {
  if (value_) return readableName(typeid(*value_));
  try {
    std::rethrow_exception(error_);
  } catch (...) {
    return readableName(*abi::__cxa_current_exception_type());
  }
}

const Failure& connectionDone() {
  static const Failure done{ConnectionDone()};
  return done;
}

std::string readableName(const std::type_info& type) {
  int status = 0;
  std::unique_ptr<char, decltype(&std::free)> name(
      abi::__cxa_demangle(type.name(), nullptr, nullptr, &status), &std::free);
  return status == 0 ? name.get() : type.name();
}

}  // namespace plait

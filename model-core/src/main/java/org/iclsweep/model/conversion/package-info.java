/** How a context becomes part of a model: conversion methods and converted models. */
@NullMarked
package org.iclsweep.model.conversion;

import org.jspecify.annotations.NullMarked;

/** Where examples come from: files and generators. One task per file. */
@NullMarked
package org.iclsweep.datasets.task;

import org.jspecify.annotations.NullMarked;

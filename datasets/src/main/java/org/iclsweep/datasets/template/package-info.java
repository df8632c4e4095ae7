/** The text of an example: prompt templates and label words. */
@NullMarked
package org.iclsweep.datasets.template;

import org.jspecify.annotations.NullMarked;

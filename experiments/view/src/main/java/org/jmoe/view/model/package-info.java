/** Traces and analyses of models, as JSON for the page. */
@NullMarked
package org.jmoe.view.model;

import org.jspecify.annotations.NullMarked;

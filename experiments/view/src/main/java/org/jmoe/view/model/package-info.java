/** What trained models do with a text, as JSON for the page. */
@NullMarked
package org.jmoe.view.model;

import org.jspecify.annotations.NullMarked;
